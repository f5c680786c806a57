// Plain loops for reduce.h in long double: the oracle of the tests. Shapes are the caller's to check.
#pragma once

#include "ascender/kernels/reduce/reduce.h"

namespace ascender {

double sum_reference(const Tensor& x);
double sum_of_squares_reference(const Tensor& x);
int64_t count_nonfinite_reference(const Tensor& x);
void sum_rows_reference(const Tensor& dy, const Tensor& dbias, Write write);

}  // namespace ascender
