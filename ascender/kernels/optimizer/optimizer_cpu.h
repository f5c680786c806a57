// The elementwise bodies of optimizer.h on a CPU, for the best target that runs: one pass over the storage
// each. Arguments are checked by optimizer.cc.
#pragma once

#include "ascender/kernels/optimizer/optimizer.h"

namespace ascender {

void adamw_cpu(Context& context, const Tensor& p, const Tensor& g, const Tensor& m, const Tensor& v,
               const AdamW& options);
void sgd_cpu(Context& context, const Tensor& p, const Tensor& g, const Tensor& m, const Sgd& options);
// m = momentum m + gradient_scale g; u = what is to be made orthogonal.
void muon_momentum_cpu(Context& context, const Tensor& g, const Tensor& m, const Tensor& u,
                       const Muon& options);
// y = a y + b x
void blend_cpu(Context& context, const Tensor& y, double a, const Tensor& x, double b);

}  // namespace ascender
