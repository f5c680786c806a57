// y[n] = table[ids[n]] (+ table2[ids2[n]]): rows of [V,C] by i32 [N] into [N,C]. An id < 0 gives a zero row.
// Backward adds dy rows into dtable in the order of n, whatever the number of threads (columns are divided
// among them, never rows).
#pragma once

#include "ascender/kernels/context.h"

namespace ascender {

void embedding_forward(Context& context, const Tensor& table, const Tensor& ids, const Tensor& y,
                       Write write = Write::kAssign);
void embedding_backward(Context& context, const Tensor& ids, const Tensor& dy, const Tensor& dtable);  // adds

}  // namespace ascender
