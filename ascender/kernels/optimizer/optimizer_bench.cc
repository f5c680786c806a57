#include "ascender/kernels/bench_support.h"
#include "ascender/kernels/optimizer/optimizer.h"
#include "ascender/kernels/optimizer/optimizer_reference.h"
#include "ascender/kernels/reduce/reduce.h"
#include "ascender/kernels/reduce/reduce_reference.h"

namespace ascender::bench {
namespace {

void adamw_rows(Run& run, int64_t n) {
  Desk desk(run);
  const Tensor g = desk.normal({n}, 1), p = desk.normal({n}, 2), p0 = desk.normal({n}, 2);
  const Tensor m = desk.zeros({n}), v = desk.zeros({n}), m0 = desk.zeros({n}), v0 = desk.zeros({n});
  const AdamW options = {.lr = 1e-4, .weight_decay = 0.1, .gradient_scale = 0.5};
  desk.row(
      fmt::format("adamw {}", n), [&] { adamw(desk.context(), p, g, m, v, options); },
      [&] { adamw_reference(p0, g, m0, v0, options); }, p, p0, 1e-5);
  const Tensor norm = desk.zeros({1}), norm0 = desk.zeros({1});
  desk.row(
      fmt::format("sum_of_squares {}", n),
      [&] { norm.as<float>()[0] = static_cast<float>(sum_of_squares(desk.context(), g)); },
      [&] { norm0.as<float>()[0] = static_cast<float>(sum_of_squares_reference(g)); }, norm, norm0,
      1e-6 * static_cast<double>(n));
}

void muon_row(Run& run, int64_t R, int64_t C) {
  Desk desk(run);
  const Tensor g = desk.normal({R, C}, 1), p = desk.normal({R, C}, 2), p0 = desk.normal({R, C}, 2);
  const Tensor m = desk.zeros({R, C}), m0 = desk.zeros({R, C});
  desk.row(
      fmt::format("muon {}x{}", R, C), [&] { muon(desk.context(), p, g, m, {}); },
      [&] { muon_reference(p0, g, m0, {}); }, p, p0, 1e-3);
}

ASC_BENCH(optimizer, "AdamW, the norm of the gradient and Muon, against plain loops") {
  adamw_rows(run, 124'000'000 / 4);
  adamw_rows(run, 1'000'000);
  adamw_rows(run, 140'000);
  adamw_rows(run, 4192);
  muon_row(run, 128, 384);
}

}  // namespace
}  // namespace ascender::bench
