// Plain loops for norm.h, every sum in double: the oracle of the tests. Shapes are the caller's to check.
#pragma once

#include "ascender/kernels/norm/norm.h"

namespace ascender {

void rms_norm_forward_reference(const Tensor& x, const Tensor& gain, const Tensor& y, const Tensor& rstd,
                                const NormOptions& options);
void rms_norm_backward_reference(const Tensor& x, const Tensor& gain, const Tensor& rstd, const Tensor& dy,
                                 const Tensor& dx, Write write_dx, const Tensor& dgain, Write write_dgain);
void layer_norm_forward_reference(const Tensor& x, const Tensor& gain, const Tensor& bias, const Tensor& y,
                                  const Tensor& mean, const Tensor& rstd, const NormOptions& options);
void layer_norm_backward_reference(const Tensor& x, const Tensor& gain, const Tensor& mean,
                                   const Tensor& rstd, const Tensor& dy, const Tensor& dx, Write write_dx,
                                   const Tensor& dgain, Write write_dgain, const Tensor& dbias,
                                   Write write_dbias);

}  // namespace ascender
