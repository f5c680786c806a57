// Small maps over tensors of equal shape; the first axes may be strided (last axis contiguous), so that
// `copy` and `add` also serve concatenation and slicing. y may alias an input of the same layout.
#pragma once

#include "ascender/kernels/context.h"

namespace ascender {

void fill(Context& context, const Tensor& y, double value);
void copy(Context& context, const Tensor& x, const Tensor& y, Write write = Write::kAssign);  // y (+)= x
void add(Context& context, const Tensor& a, const Tensor& b, const Tensor& y);                // y = a + b
void scale(Context& context, const Tensor& x, double factor, const Tensor& y, Write write = Write::kAssign);
void multiply(Context& context, const Tensor& a, const Tensor& b, const Tensor& y,
              Write write = Write::kAssign);

}  // namespace ascender
