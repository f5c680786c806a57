// The bodies of reduce.h on a CPU, for the best target that runs. Arguments are checked by reduce.cc.
#pragma once

#include "ascender/kernels/reduce/reduce.h"

namespace ascender {

enum class SumKind { kValues, kSquares, kNonfinite };

double sum_cpu(Context& context, SumKind kind, const Tensor& x);
void sum_rows_cpu(Context& context, const Tensor& dy, const Tensor& dbias, Write write);

}  // namespace ascender
