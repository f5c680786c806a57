// The body of dropout.h on a CPU, for the best target that runs. Arguments are checked by dropout.cc.
#pragma once

#include "ascender/kernels/dropout/dropout.h"

namespace ascender {

void dropout_cpu(Context& context, const Tensor& x, const Tensor& y, const DropoutOptions& options,
                 Write write);

// A word below this drops its element.
uint32_t dropout_threshold(double drop_prob);

}  // namespace ascender
