#include "ascender/kernels/bench_support.h"
#include "ascender/kernels/elementwise/elementwise.h"
#include "ascender/kernels/elementwise/elementwise_reference.h"

namespace ascender::bench {
namespace {

void rows(Run& run, int64_t N, int64_t C) {
  Desk desk(run);
  const std::string shape = fmt::format(" {}x{}", N, C);
  const Tensor a = desk.normal({N, C}, 1), b = desk.normal({N, C}, 2);
  const Tensor y = desk.zeros({N, C}), y0 = desk.zeros({N, C});
  desk.row(
      "copy" + shape, [&] { copy(desk.context(), a, y); }, [&] { copy_reference(a, y0, Write::kAssign); }, y,
      y0, 0);
  desk.row(
      "add" + shape, [&] { add(desk.context(), a, b, y); }, [&] { add_reference(a, b, y0); }, y, y0, 0);
  desk.row(
      "scale" + shape, [&] { scale(desk.context(), a, 0.5, y); },
      [&] { scale_reference(a, 0.5, y0, Write::kAssign); }, y, y0, 0);
  desk.row(
      "multiply" + shape, [&] { multiply(desk.context(), a, b, y); },
      [&] { multiply_reference(a, b, y0, Write::kAssign); }, y, y0, 0);
}

ASC_BENCH(elementwise, "Maps over equal shapes, against plain loops") {
  rows(run, 4096, 768);
  rows(run, 448, 128);
  rows(run, 1, 16);
}

}  // namespace
}  // namespace ascender::bench
