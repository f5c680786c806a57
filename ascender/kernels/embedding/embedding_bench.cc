#include "ascender/kernels/bench_support.h"
#include "ascender/kernels/embedding/embedding.h"
#include "ascender/kernels/embedding/embedding_reference.h"

namespace ascender::bench {
namespace {

void rows(Run& run, int64_t N, int64_t V, int64_t C) {
  Desk desk(run);
  const std::string shape = fmt::format("{} of {}x{}", N, V, C);
  const Tensor table = desk.normal({V, C}, 1), dy = desk.normal({N, C}, 2), ids = desk.ids(N, V, 3);
  const Tensor y = desk.zeros({N, C}), y0 = desk.zeros({N, C});
  const Tensor dtable = desk.zeros({V, C}), dtable0 = desk.zeros({V, C});
  desk.row(
      "embedding forward " + shape, [&] { embedding_forward(desk.context(), table, ids, y); },
      [&] { embedding_forward_reference(table, ids, y0, Write::kAssign); }, y, y0, 0);
  desk.row(
      "embedding backward " + shape, [&] { embedding_backward(desk.context(), ids, dy, dtable); },
      [&] { embedding_backward_reference(ids, dy, dtable0); }, dtable, dtable0, 1e-3);
}

ASC_BENCH(embedding, "Rows of a table and their gradient, against plain loops") {
  rows(run, 256, 50257, 768);
  rows(run, 4096, 256, 128);
  rows(run, 16, 27, 16);
}

}  // namespace
}  // namespace ascender::bench
