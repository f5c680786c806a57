#include "ascender/kernels/bench_support.h"
#include "ascender/kernels/dropout/dropout.h"
#include "ascender/kernels/dropout/dropout_reference.h"

namespace ascender::bench {
namespace {

void rows(Run& run, int64_t N, int64_t C) {
  Desk desk(run);
  const Tensor x = desk.normal({N, C}, 1), y = desk.zeros({N, C}), y0 = desk.zeros({N, C});
  const DropoutOptions options{.drop_prob = 0.1, .key = {7, Stream::kTest}, .step = 3, .site = 2};
  desk.row(
      fmt::format("dropout {}x{}", N, C), [&] { dropout(desk.context(), x, y, options); },
      [&] { dropout_reference(x, y0, options, Write::kAssign); }, y, y0, 1e-6);
}

ASC_BENCH(dropout, "Dropout with masks drawn by counter, against plain loops") {
  rows(run, 1024, 768);
  rows(run, 768, 128);
}

}  // namespace
}  // namespace ascender::bench
