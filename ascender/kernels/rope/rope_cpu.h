// The body of rope.h on a CPU, for the best target that runs. Arguments are checked by rope.cc.
#pragma once

#include "ascender/kernels/rope/rope.h"

namespace ascender {

void rope_cpu(Context& context, const Tensor& x, const Tensor& y, const Tensor& cosines, const Tensor& sines,
              const RopeOptions& options, Write write);

}  // namespace ascender
