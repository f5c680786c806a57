#include "ascender/kernels/bench_support.h"
#include "ascender/kernels/reduce/reduce.h"
#include "ascender/kernels/reduce/reduce_reference.h"

namespace ascender::bench {
namespace {

void flat(Run& run, int64_t N) {
  Desk desk(run);
  const Tensor x = desk.normal({N}, 1), y = desk.zeros({1}), y0 = desk.zeros({1});
  desk.row(
      fmt::format("sum_of_squares {}", N),
      [&] {
        *y.as<float>() = static_cast<float>(sum_of_squares(desk.context(), x) / static_cast<double>(N));
      },
      [&] { *y0.as<float>() = static_cast<float>(sum_of_squares_reference(x) / static_cast<double>(N)); }, y,
      y0, 1e-6);
}

void rows(Run& run, int64_t N, int64_t C) {
  Desk desk(run);
  const Tensor dy = desk.normal({N, C}, 1), y = desk.zeros({C}), y0 = desk.zeros({C});
  desk.row(
      fmt::format("sum_rows {}x{}", N, C), [&] { sum_rows(desk.context(), dy, y, Write::kAssign); },
      [&] { sum_rows_reference(dy, y0, Write::kAssign); }, y, y0, 1e-3);
}

ASC_BENCH(reduce, "Sums in a fixed order, against plain loops in long double") {
  flat(run, 4096);
  flat(run, 1 << 20);
  flat(run, 31 << 20);
  rows(run, 1024, 768);
  rows(run, 768, 512);
}

}  // namespace
}  // namespace ascender::bench
