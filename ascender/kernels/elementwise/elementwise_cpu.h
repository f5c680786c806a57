// The bodies of elementwise.h on a CPU, for the best target that runs. Arguments are checked by
// elementwise.cc.
#pragma once

#include "ascender/kernels/elementwise/elementwise.h"

namespace ascender {

// fill: y = factor; copy: x; add: x + z; scale: factor x; multiply: x z.
enum class MapKind { kFill, kCopy, kAdd, kScale, kMultiply };

void elementwise_cpu(Context& context, MapKind kind, const Tensor& x, const Tensor& z, double factor,
                     const Tensor& y, Write write);

}  // namespace ascender
