#include "ascender/autograd/ops/linear.h"

#include "ascender/kernels/reduce/reduce.h"

namespace ascender {
namespace {

struct LinearBackward {
  Var x, w, bias, residual, y;
  Tensor z;
  Activation activation;
  bool transposed;
  bool has_packed;
  PackedMatrix packed;  // of w, for dy w^T

  void operator()(Tape& tape) const {
    const Tensor dy = tape.gradient(y);
    if (dy.empty()) return;
    Context& context = tape.context();
    const size_t mark = context.scratch.mark();
    const Tensor dz = gradient_of_z(context, dy);
    weights(tape, dz.rows());
    if (const GradientTarget dx = tape.target(x)) input(context, dz.rows(), dx);
    if (!residual.empty()) tape.pass_gradient(y, residual);
    context.scratch.release(mark);
  }

  Tensor gradient_of_z(Context& context, const Tensor& dy) const {
    if (activation == Activation::kNone) return dy;
    // In place where dy is needed no more; a residual still needs it, and SwiGLU's z is twice as wide.
    const bool in_place = residual.empty() && activation != Activation::kSwiGlu;
    const Tensor dz = in_place ? dy : context.scratch.tensor(z.dtype(), z.shape());
    activation_backward(context, activation, z.rows(), dy.rows(), dz.rows());
    return dz;
  }

  void weights(Tape& tape, const Tensor& dz) const {
    Context& context = tape.context();
    if (const GradientTarget dw = tape.target(w)) {
      const MatmulOptions options{.write = dw.write};
      if (transposed) {
        matmul(context, MatmulKind::kTN, dz, x.value.rows(), dw.tensor, options);
      } else {
        matmul(context, MatmulKind::kTN, x.value.rows(), dz, dw.tensor, options);
      }
    }
    if (bias.empty()) return;
    if (const GradientTarget db = tape.target(bias)) sum_rows(context, dz, db.tensor, db.write);
  }

  void input(Context& context, const Tensor& dz, const GradientTarget& dx) const {
    const MatmulOptions options{.write = dx.write};
    if (has_packed) {
      matmul(context, dz, packed, dx.tensor.rows(), options);
    } else {
      matmul(context, transposed ? MatmulKind::kNN : MatmulKind::kNT, dz, w.value, dx.tensor.rows(), options);
    }
  }
};

}  // namespace

Var linear(Tape& tape, const Var& x, const Var& w, const LinearOptions& o) {
  const bool gated = o.activation == Activation::kSwiGlu;
  const int64_t columns = o.transposed ? w.value.size(0) : w.value.size(1);
  const Var y = tape.result(x.dtype(), x.shape().with(-1, gated ? columns / 2 : columns));
  const bool keep_z = o.activation != Activation::kNone && tape.recording();
  MatmulOptions options{.bias = o.bias.value, .activation = o.activation, .residual = {}};
  if (!o.residual.empty()) options.residual = o.residual.value.rows();
  Tensor z;
  if (keep_z) {
    z = tape.keep(x.dtype(), x.shape().with(-1, columns));
    options.preactivation = z.rows();
  }
  if (o.packed != nullptr) {
    matmul(tape.context(), x.value.rows(), *o.packed, y.value.rows(), options);
  } else {
    matmul(tape.context(), o.transposed ? MatmulKind::kNT : MatmulKind::kNN, x.value.rows(), w.value,
           y.value.rows(), options);
  }
  tape.record_as<LinearBackward>(x, w, o.bias, o.residual, y, z, o.activation, o.transposed,
                                 o.packed_transposed != nullptr,
                                 o.packed_transposed != nullptr ? *o.packed_transposed : PackedMatrix{});
  return y;
}

}  // namespace ascender
