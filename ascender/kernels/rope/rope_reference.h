// Plain loops for rope.h: the oracle of the tests. Shapes are the caller's to check.
#pragma once

#include "ascender/kernels/rope/rope.h"

namespace ascender {

void rope_reference(const Tensor& x, const Tensor& y, const Tensor& cosines, const Tensor& sines,
                    const RopeOptions& options, Write write);

}  // namespace ascender
