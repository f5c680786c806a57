#include "ascender/kernels/bench_support.h"
#include "ascender/kernels/norm/norm.h"
#include "ascender/kernels/norm/norm_reference.h"

namespace ascender::bench {
namespace {

void layer_rows(Run& run, int64_t N, int64_t C) {
  Desk desk(run);
  const std::string shape = fmt::format("{}x{}", N, C);
  const Tensor x = desk.normal({N, C}, 1), gain = desk.normal({C}, 2), bias = desk.normal({C}, 3);
  const Tensor dy = desk.normal({N, C}, 4), y = desk.zeros({N, C}), y0 = desk.zeros({N, C});
  const Tensor m = desk.zeros({N}), r = desk.zeros({N}), dw = desk.zeros({C}), db = desk.zeros({C});
  desk.row(
      "layer_norm forward " + shape, [&] { layer_norm_forward(desk.context(), x, gain, bias, y, m, r); },
      [&] { layer_norm_forward_reference(x, gain, bias, y0, m, r, {}); }, y, y0, 1e-4);
  constexpr Write kAssign = Write::kAssign;
  desk.row(
      "layer_norm backward " + shape,
      [&] { layer_norm_backward(desk.context(), x, gain, m, r, dy, y, kAssign, dw, kAssign, db, kAssign); },
      [&] { layer_norm_backward_reference(x, gain, m, r, dy, y0, kAssign, dw, kAssign, db, kAssign); }, y, y0,
      1e-4);
}

void rms_rows(Run& run, int64_t N, int64_t C) {
  Desk desk(run);
  const std::string shape = fmt::format("{}x{}", N, C);
  const Tensor x = desk.normal({N, C}, 1), gain = desk.normal({C}, 2), dy = desk.normal({N, C}, 4);
  const Tensor y = desk.zeros({N, C}), y0 = desk.zeros({N, C}), r = desk.zeros({N}), dw = desk.zeros({C});
  desk.row(
      "rms_norm forward " + shape, [&] { rms_norm_forward(desk.context(), x, gain, y, r); },
      [&] { rms_norm_forward_reference(x, gain, y0, r, {}); }, y, y0, 1e-4);
  desk.row(
      "rms_norm backward " + shape,
      [&] { rms_norm_backward(desk.context(), x, gain, r, dy, y, Write::kAssign, dw, Write::kAssign); },
      [&] { rms_norm_backward_reference(x, gain, r, dy, y0, Write::kAssign, dw, Write::kAssign); }, y, y0,
      1e-4);
}

ASC_BENCH(norm, "LayerNorm and RMSNorm, forward and backward, against plain loops") {
  layer_rows(run, 1024, 768);
  layer_rows(run, 768, 128);
  rms_rows(run, 448, 128);
  rms_rows(run, 1792, 32);
  rms_rows(run, 1, 16);
}

}  // namespace
}  // namespace ascender::bench
