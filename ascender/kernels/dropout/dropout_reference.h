// Plain loops for dropout.h: the oracle of the tests. Shapes are the caller's to check.
#pragma once

#include "ascender/kernels/dropout/dropout.h"

namespace ascender {

void dropout_reference(const Tensor& x, const Tensor& y, const DropoutOptions& options, Write write);

}  // namespace ascender
