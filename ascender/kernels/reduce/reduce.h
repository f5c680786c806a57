// Sums in a fixed order: blocks of a fixed size, virtual lanes inside, then the blocks in order, in double.
#pragma once

#include "ascender/kernels/context.h"

namespace ascender {

double sum(Context& context, const Tensor& x);             // contiguous f32 or f64
double sum_of_squares(Context& context, const Tensor& x);  // gradient norm = sqrt of this over flat gradients
// Number of elements that are NaN or infinite.
int64_t count_nonfinite(Context& context, const Tensor& x);
// dbias[c] (+)= sum over rows of dy[n, c]; dy: [N,C], dbias: [C].
void sum_rows(Context& context, const Tensor& dy, const Tensor& dbias, Write write);

}  // namespace ascender
