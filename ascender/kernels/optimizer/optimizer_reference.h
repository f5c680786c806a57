// Plain loops for optimizer.h, each step computed in double: the oracle of the tests.
#pragma once

#include "ascender/kernels/optimizer/optimizer.h"

namespace ascender {

void adamw_reference(const Tensor& p, const Tensor& g, const Tensor& m, const Tensor& v,
                     const AdamW& options);
void sgd_reference(const Tensor& p, const Tensor& g, const Tensor& m, const Sgd& options);
void muon_reference(const Tensor& p, const Tensor& g, const Tensor& m, const Muon& options);
void average_weights_reference(const Tensor& p, const Tensor& average, double decay);

}  // namespace ascender
