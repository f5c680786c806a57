#include "ascender/kernels/reduce/reduce.h"

#include "ascender/kernels/reduce/reduce_cpu.h"
#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

bool begin(Context& context, const Tensor& x, double flops, const char* kernel) {
  ASC_CHECK(x.contiguous(), "[{}] x must be contiguous, got {}", kernel, x.shape().text());
  return context.begin(flops * static_cast<double>(x.count()), bytes_of(x));
}

}  // namespace

double sum(Context& context, const Tensor& x) {
  return begin(context, x, 1, "sum") ? sum_cpu(context, SumKind::kValues, x) : 0;
}

double sum_of_squares(Context& context, const Tensor& x) {
  return begin(context, x, 2, "sum_of_squares") ? sum_cpu(context, SumKind::kSquares, x) : 0;
}

int64_t count_nonfinite(Context& context, const Tensor& x) {
  return begin(context, x, 0, "count_nonfinite")
             ? static_cast<int64_t>(sum_cpu(context, SumKind::kNonfinite, x))
             : 0;
}

void sum_rows(Context& context, const Tensor& dy, const Tensor& dbias, Write write) {
  ASC_CHECK(
      dy.rank() >= 1 && dbias.contiguous() && dbias.count() == dy.size(-1) && dbias.dtype() == dy.dtype(),
      "[sum_rows] dbias must be [{}] {}, got {} {}", dy.rank() >= 1 ? dy.size(-1) : 0, name_of(dy.dtype()),
      dbias.shape().text(), name_of(dbias.dtype()));
  if (!context.begin(static_cast<double>(dy.count()), bytes_of(dy) + bytes_of(dbias, write))) return;
  sum_rows_cpu(context, dy, dbias, write);
}

}  // namespace ascender
