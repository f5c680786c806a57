#include "ascender/autograd/ops/embedding.h"

#include "ascender/kernels/elementwise/elementwise.h"
#include "ascender/kernels/embedding/embedding.h"

namespace ascender {
namespace {

void add_rows(Tape& tape, const Var& table, const Tensor& ids, const Tensor& dy) {
  if (const GradientTarget dtable = tape.target(table)) {
    if (dtable.write == Write::kAssign) fill(tape.context(), dtable.tensor, 0.0);
    embedding_backward(tape.context(), ids, dy.rows(), dtable.tensor);
  }
}

Tensor flat(const Tensor& ids) { return ids.reshape({ids.count()}); }

}  // namespace

Var embedding(Tape& tape, const Var& table, const Tensor& ids) {
  Shape shape = ids.shape();
  shape.extents[static_cast<size_t>(shape.rank++)] = table.value.size(1);
  const Var y = tape.result(table.dtype(), shape);
  embedding_forward(tape.context(), table.value, flat(ids), y.value.rows());
  tape.record([table, ids = flat(ids), y](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (!dy.empty()) add_rows(t, table, ids, dy);
  });
  return y;
}

Var add_embedding(Tape& tape, const Var& x, const Var& table, const Tensor& ids) {
  const Var y = tape.result(x.dtype(), x.shape());
  copy(tape.context(), x.value, y.value);
  embedding_forward(tape.context(), table.value, flat(ids), y.value.rows(), Write::kAdd);
  tape.record([x, table, ids = flat(ids), y](Tape& t) {
    const Tensor dy = t.gradient(y);
    if (dy.empty()) return;
    add_rows(t, table, ids, dy);
    t.pass_gradient(y, x);
  });
  return y;
}

}  // namespace ascender
