#include "ascender/autograd/ops/elementwise.h"

#include "ascender/kernels/elementwise/elementwise.h"

namespace ascender {

Var add(Tape& tape, const Var& a, const Var& b) {
  const Var y = tape.result(a.dtype(), a.shape());
  add(tape.context(), a.value, b.value, y.value);
  tape.record([a, b, y](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (dy.empty()) return;
    if (const GradientTarget da = t.target(a)) copy(t.context(), dy, da.tensor, da.write);
    t.pass_gradient(y, b);
  });
  return y;
}

Var multiply(Tape& tape, const Var& a, const Var& b) {
  const Var y = tape.result(a.dtype(), a.shape());
  multiply(tape.context(), a.value, b.value, y.value);
  tape.record([a, b, y](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (dy.empty()) return;
    if (const GradientTarget da = t.target(a)) multiply(t.context(), dy, b.value, da.tensor, da.write);
    if (const GradientTarget db = t.target(b)) multiply(t.context(), dy, a.value, db.tensor, db.write);
  });
  return y;
}

Var scale(Tape& tape, const Var& x, double factor) {
  const Var y = tape.result(x.dtype(), x.shape());
  scale(tape.context(), x.value, factor, y.value);
  tape.record([x, y, factor](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (dy.empty()) return;
    if (const GradientTarget dx = t.target(x)) scale(t.context(), dy, factor, dx.tensor, dx.write);
  });
  return y;
}

Var concat(Tape& tape, const Var& a, const Var& b, int axis) {
  const int64_t first = a.value.size(axis), total = first + b.value.size(axis);
  const Var y = tape.result(a.dtype(), a.shape().with(axis, total));
  copy(tape.context(), a.value, y.value.slice(axis, 0, first));
  copy(tape.context(), b.value, y.value.slice(axis, first, total));
  tape.record([a, b, y, axis, first, total](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (dy.empty()) return;
    if (const GradientTarget da = t.target(a))
      copy(t.context(), dy.slice(axis, 0, first), da.tensor, da.write);
    if (const GradientTarget db = t.target(b))
      copy(t.context(), dy.slice(axis, first, total), db.tensor, db.write);
  });
  return y;
}

Var slice(Tape& tape, const Var& x, int axis, int64_t begin, int64_t end) {
  const Var y = tape.result(x.dtype(), x.shape().with(axis, end - begin));
  copy(tape.context(), x.value.slice(axis, begin, end), y.value);
  tape.record([x, y, axis, begin, end](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (dy.empty()) return;
    if (const GradientTarget dx = t.target(x)) {
      if (dx.write == Write::kAssign) fill(t.context(), dx.tensor, 0.0);
      copy(t.context(), dy, dx.tensor.slice(axis, begin, end), Write::kAdd);
    }
  });
  return y;
}

}  // namespace ascender
