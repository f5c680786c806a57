#include "ascender/autograd/ops/norm.h"

#include "ascender/kernels/norm/norm.h"

namespace ascender {

Var rms_norm(Tape& tape, const Var& x, const Var& gain, double eps, const Var& residual) {
  const Var y = tape.result(x.dtype(), x.shape());
  const Tensor rstd = tape.keep(x.dtype(), {x.value.count() / x.value.size(-1)});
  rms_norm_forward(tape.context(), x.value, gain.value, y.value, rstd,
                   {.eps = eps, .residual = residual.value});
  tape.record([x, gain, residual, y, rstd](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (dy.empty()) return;
    const GradientTarget dgain = t.target(gain);
    if (const GradientTarget dx = t.target(x)) {
      rms_norm_backward(t.context(), x.value, gain.value, rstd, dy, dx.tensor, dx.write, dgain.tensor,
                        dgain.write);
    }
    if (!residual.empty()) t.pass_gradient(y, residual);
  });
  return y;
}

Var layer_norm(Tape& tape, const Var& x, const Var& gain, const Var& bias, double eps) {
  const Var y = tape.result(x.dtype(), x.shape());
  const Shape rows{x.value.count() / x.value.size(-1)};
  const Tensor mean = tape.keep(x.dtype(), rows);
  const Tensor rstd = tape.keep(x.dtype(), rows);
  layer_norm_forward(tape.context(), x.value, gain.value, bias.value, y.value, mean, rstd, {.eps = eps});
  tape.record([x, gain, bias, y, mean, rstd](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (dy.empty()) return;
    const GradientTarget dgain = t.target(gain);
    const GradientTarget dbias = t.target(bias);
    const GradientTarget dx = t.target(x);
    if (!dx) return;
    layer_norm_backward(t.context(), x.value, gain.value, mean, rstd, dy, dx.tensor, dx.write, dgain.tensor,
                        dgain.write, dbias.tensor, dbias.write);
  });
  return y;
}

}  // namespace ascender
