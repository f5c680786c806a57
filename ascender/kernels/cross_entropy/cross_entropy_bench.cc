#include "ascender/kernels/bench_support.h"
#include "ascender/kernels/cross_entropy/cross_entropy.h"
#include "ascender/kernels/cross_entropy/cross_entropy_reference.h"

namespace ascender::bench {
namespace {

void rows(Run& run, int64_t N, int64_t V, const std::string& name, const CrossEntropyOptions& options) {
  Desk desk(run);
  const std::string shape = fmt::format(" {}x{}{}", N, V, name);
  const Tensor z = desk.normal({N, V}, 1), dz = desk.zeros({N, V}), dz0 = desk.zeros({N, V});
  const Tensor loss = desk.zeros({N}), loss0 = desk.zeros({N}), lse = desk.zeros({N});
  const Tensor targets = desk.context().scratch.tensor(DType::kI32, {N});
  for (int64_t n = 0; n < N; ++n) targets.as<int32_t>()[n] = static_cast<int32_t>(n * 7919 % V);
  desk.row(
      "cross_entropy forward" + shape,
      [&] { cross_entropy_forward(desk.context(), z, targets, loss, lse, options); },
      [&] { cross_entropy_forward_reference(z, targets, loss0, lse, options); }, loss, loss0, 1e-4);
  desk.row(
      "cross_entropy backward" + shape,
      [&] { cross_entropy_backward(desk.context(), z, targets, lse, 1, dz, options); },
      [&] { cross_entropy_backward_reference(z, targets, lse, 1, dz0, options); }, dz, dz0, 1e-4);
}

ASC_BENCH(cross_entropy, "softmax cross-entropy, forward and backward, against plain loops") {
  rows(run, 128, 50257, "", {});
  rows(run, 128, 50257, " precise", {.precise = true});
  rows(run, 4096, 256, "", {});
  rows(run, 448, 13, "", {});
  rows(run, 1, 27, "", {});
}

}  // namespace
}  // namespace ascender::bench
