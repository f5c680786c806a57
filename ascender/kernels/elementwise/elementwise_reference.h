// Plain loops for elementwise.h: the oracle of the tests. Shapes are the caller's to check.
#pragma once

#include "ascender/kernels/elementwise/elementwise.h"

namespace ascender {

void fill_reference(const Tensor& y, double value);
void copy_reference(const Tensor& x, const Tensor& y, Write write);
void add_reference(const Tensor& a, const Tensor& b, const Tensor& y);
void scale_reference(const Tensor& x, double factor, const Tensor& y, Write write);
void multiply_reference(const Tensor& a, const Tensor& b, const Tensor& y, Write write);

}  // namespace ascender
