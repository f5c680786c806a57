#include "ascender/autograd/ops/rope.h"

#include "ascender/kernels/rope/rope.h"

namespace ascender {

Var rope(Tape& tape, const Var& x, const Tensor& cosines, const Tensor& sines, int64_t offset) {
  const Var y = tape.result(x.dtype(), x.shape());
  rope(tape.context(), x.value, y.value, cosines, sines, {.offset = offset});
  tape.record([x, y, cosines, sines, offset](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (dy.empty()) return;
    if (const GradientTarget dx = t.target(x)) {
      rope(t.context(), dy, dx.tensor, cosines, sines, {.offset = offset, .inverse = true}, dx.write);
    }
  });
  return y;
}

}  // namespace ascender
