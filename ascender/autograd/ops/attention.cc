#include "ascender/autograd/ops/attention.h"

namespace ascender {
namespace {

struct AttentionBackward {
  Var q, k, v, bias, out;
  Tensor lse;
  AttentionOptions options;

  void operator()(Tape& tape) const {
    const Tensor dout = tape.gradient(out);
    if (dout.empty()) return;
    const Scratch scratch{tape.context()};
    AttentionGradients g;
    place(scratch, tape.target(q), q, g.dq, g.write_q);
    place(scratch, tape.target(k), k, g.dk, g.write_k);
    place(scratch, tape.target(v), v, g.dv, g.write_v);
    if (bias.slot >= 0) place(scratch, tape.target(bias), bias, g.dbias, g.write_bias);
    attention_backward(tape.context(), q.value, k.value, v.value, out.value, lse, dout, g, options);
  }

  struct Scratch {
    Context& context;
    size_t mark = context.scratch.mark();
    ~Scratch() { context.scratch.release(mark); }
  };

  // An input without a gradient gets scratch memory: the kernel computes all three together.
  static void place(const Scratch& scratch, const GradientTarget& target, const Var& x, Tensor& tensor,
                    Write& write) {
    tensor = target ? target.tensor : scratch.context.scratch.tensor(x.dtype(), x.shape());
    write = target.write;
  }
};

struct PackedBackward {
  Var qkv, out;
  Tensor q, k, v, lse;
  AttentionOptions options;

  void operator()(Tape& tape) const {
    const Tensor dout = tape.gradient(out);
    if (dout.empty()) return;
    const GradientTarget d = tape.target(qkv);
    if (!d) return;
    const auto like = [&](const Tensor& part) {
      const int64_t offset = static_cast<char*>(part.data()) - static_cast<char*>(qkv.value.data());
      return part.moved_to(static_cast<char*>(d.tensor.data()) + offset);
    };
    const AttentionGradients g{.dq = like(q),
                               .dk = like(k),
                               .dv = like(v),
                               .write_q = d.write,
                               .write_k = d.write,
                               .write_v = d.write};
    attention_backward(tape.context(), q, k, v, out.value.reshape(q.shape()), lse, dout.reshape(q.shape()), g,
                       options);
  }
};

}  // namespace

Var attention(Tape& tape, const Var& q, const Var& k, const Var& v, const AttentionOptions& given,
              const Var& bias) {
  AttentionOptions options = given;
  if (!bias.empty()) options.bias = bias.value;
  const Var out = tape.result(q.dtype(), q.shape());
  const Tensor lse = tape.keep(q.dtype(), {q.value.size(0), q.value.size(2), q.value.size(1)});
  attention_forward(tape.context(), q.value, k.value, v.value, out.value, lse, options);
  tape.record_as<AttentionBackward>(q, k, v, bias, out, lse, options);
  return out;
}

Var self_attention(Tape& tape, const Var& qkv, int64_t heads, int64_t key_heads,
                   const AttentionOptions& options) {
  const int64_t B = qkv.value.size(0), T = qkv.value.size(1);
  const int64_t D = qkv.value.size(2) / (heads + 2 * key_heads);
  const Tensor all = qkv.value.split_last(heads + 2 * key_heads);
  const Tensor q = all.slice(2, 0, heads);
  const Tensor k = all.slice(2, heads, heads + key_heads);
  const Tensor v = all.slice(2, heads + key_heads, heads + 2 * key_heads);
  const Var out = tape.result(qkv.dtype(), {B, T, heads * D});
  const Tensor lse = tape.keep(qkv.dtype(), {B, heads, T});
  attention_forward(tape.context(), q, k, v, out.value.reshape({B, T, heads, D}), lse, options);
  tape.record_as<PackedBackward>(qkv, out, q, k, v, lse, options);
  return out;
}

}  // namespace ascender
