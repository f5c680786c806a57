// Normalisation over the last axis. x, y: [.., C] (rows may be strided), gain, bias: [C] (empty: ones,
// zeros).
//   RMSNorm:   y = x * rstd * gain (+ residual),             rstd = 1 / sqrt(mean(x^2) + eps)     (Zhang
//   2019, eq. 4) LayerNorm: y = (x - mean) * rstd * gain + bias,          rstd = 1 / sqrt(var(x) + eps) (Ba
//   2016, eq. 4)
// Sums over C have fixed virtual lanes; dgain and dbias sum over rows in blocks of a fixed size.
#pragma once

#include "ascender/kernels/context.h"

namespace ascender {

struct NormOptions {
  double eps = 1e-5;
  Tensor residual = {};  // RMSNorm only, like x: y = norm(x) + residual
};

// rstd: [N], N rows, saved for backward. y may alias x only when backward is not needed.
void rms_norm_forward(Context& context, const Tensor& x, const Tensor& gain, const Tensor& y,
                      const Tensor& rstd, const NormOptions& options = {});
// dx as write_dx says; dgain (when given) as write_dgain says.
void rms_norm_backward(Context& context, const Tensor& x, const Tensor& gain, const Tensor& rstd,
                       const Tensor& dy, const Tensor& dx, Write write_dx, const Tensor& dgain,
                       Write write_dgain);

void layer_norm_forward(Context& context, const Tensor& x, const Tensor& gain, const Tensor& bias,
                        const Tensor& y, const Tensor& mean, const Tensor& rstd,
                        const NormOptions& options = {});
void layer_norm_backward(Context& context, const Tensor& x, const Tensor& gain, const Tensor& mean,
                         const Tensor& rstd, const Tensor& dy, const Tensor& dx, Write write_dx,
                         const Tensor& dgain, Write write_dgain, const Tensor& dbias, Write write_dbias);

}  // namespace ascender
