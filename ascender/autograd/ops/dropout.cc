#include "ascender/autograd/ops/dropout.h"

namespace ascender {

Var dropout(Tape& tape, const Var& x, const DropoutOptions& options) {
  if (options.drop_prob == 0) return x;
  const Var y = tape.result(x.dtype(), x.shape());
  dropout(tape.context(), x.value, y.value, options);
  tape.record([x, y, options](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (dy.empty()) return;
    if (const GradientTarget dx = t.target(x)) dropout(t.context(), dy, dx.tensor, options, dx.write);
  });
  return y;
}

}  // namespace ascender
