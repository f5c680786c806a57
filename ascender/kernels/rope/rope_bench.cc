#include "ascender/kernels/bench_support.h"
#include "ascender/kernels/rope/rope.h"
#include "ascender/kernels/rope/rope_reference.h"

namespace ascender::bench {
namespace {

void rows(Run& run, int64_t B, int64_t T, int64_t H, int64_t D) {
  Desk desk(run);
  const Tensor x = desk.normal({B, T, H, D}, 1), y = desk.zeros({B, T, H, D}), y0 = desk.zeros({B, T, H, D});
  const Tensor cosines = desk.zeros({T, D / 2}), sines = desk.zeros({T, D / 2});
  rope_table(cosines, sines, 10000);
  desk.row(
      fmt::format("rope {}x{}x{}x{}", B, T, H, D), [&] { rope(desk.context(), x, y, cosines, sines, {}); },
      [&] { rope_reference(x, y0, cosines, sines, {}, Write::kAssign); }, y, y0, 1e-5);
}

ASC_BENCH(rope, "Rotary positions, against plain loops") {
  rows(run, 1, 1024, 12, 64);
  rows(run, 16, 256, 4, 32);
  rows(run, 1, 16, 4, 4);
}

}  // namespace
}  // namespace ascender::bench
