// The bodies of norm.h on a CPU, for the best target that runs. Arguments are checked by norm.cc.
#pragma once

#include "ascender/kernels/norm/norm.h"

namespace ascender {

// LayerNorm when centered, else RMSNorm; what is empty is left out.
struct NormForward {
  Tensor x, gain, bias, residual, y, mean, rstd;
  double eps = 0;
  bool centered = false;
};
struct NormBackward {
  Tensor x, gain, mean, rstd, dy, dx, dgain, dbias;
  Write write_dx = Write::kAssign, write_dgain = Write::kAssign, write_dbias = Write::kAssign;
  bool centered = false;
};
void norm_forward_cpu(Context& context, const NormForward& norm);
void norm_backward_cpu(Context& context, const NormBackward& norm);

}  // namespace ascender
