#include "ascender/kernels/attention/attention_problem.h"

#include <cmath>

namespace ascender {
namespace {

void check_shape(const char* name, const Tensor& tensor, const Shape& expected, DType dtype) {
  ASC_CHECK(tensor.shape() == expected && tensor.dtype() == dtype, "[attention] {} must be {} {}, got {} {}",
            name, name_of(dtype), expected.text(), name_of(tensor.dtype()), tensor.shape().text());
}

void check_lengths(const char* name, const Tensor& lengths, int64_t B) {
  if (!lengths.empty()) check_shape(name, lengths, {B}, DType::kI32);
}

AttentionOperand bias_operand(const Tensor& bias) {
  AttentionOperand operand;
  operand.data = static_cast<char*>(bias.data());
  operand.dtype = bias.dtype();
  operand.batch = bias.size(0) == 1 ? 0 : bias.stride(0);
  operand.head = bias.size(1) == 1 ? 0 : bias.stride(1);
  operand.row = bias.size(2) == 1 ? 0 : bias.stride(2);
  return operand;
}

void check_bias(const AttentionProblem& p, const Tensor& bias, DType dtype) {
  const auto fits = [&](int axis, int64_t extent) {
    return bias.size(axis) == 1 || bias.size(axis) == extent;
  };
  ASC_CHECK(bias.rank() == 4 && bias.dtype() == dtype && fits(0, p.B) && fits(1, p.H) && fits(2, p.Tq) &&
                bias.size(3) == p.Tk,
            "[attention] bias must be {} [{} or 1,{} or 1,{} or 1,{}], got {} {}", name_of(dtype), p.B, p.H,
            p.Tq, p.Tk, name_of(bias.dtype()), bias.shape().text());
}

void take_options(AttentionProblem& p, const AttentionOptions& options, DType dtype) {
  p.scale = options.scale != 0 ? options.scale : 1 / std::sqrt(static_cast<double>(p.D));
  p.causal = options.causal;
  p.offset = options.offset;
  ASC_CHECK(options.window >= 0, "[attention] window must not be negative, got {}", options.window);
  p.window = options.window;
  check_lengths("query_lengths", options.query_lengths, p.B);
  check_lengths("key_lengths", options.key_lengths, p.B);
  p.query_lengths = static_cast<const int32_t*>(options.query_lengths.data());
  p.key_lengths = static_cast<const int32_t*>(options.key_lengths.data());
  if (!options.slopes.empty()) {
    check_shape("slopes", options.slopes, {p.H}, dtype);
    p.slopes = options.slopes.data();
  }
  if (!options.bias.empty()) {
    check_bias(p, options.bias, dtype);
    p.bias = bias_operand(options.bias);
  }
}

}  // namespace

AttentionOperand attention_operand(const Tensor& tensor) {
  return {static_cast<char*>(tensor.data()), tensor.dtype(), tensor.stride(0), tensor.stride(1),
          tensor.stride(2)};
}

AttentionProblem attention_problem(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out,
                                   const Tensor& lse, const AttentionOptions& options) {
  ASC_CHECK(q.rank() == 4 && k.rank() == 4, "[attention] q, k must be [B,T,H,D], got {}, {}",
            q.shape().text(), k.shape().text());
  AttentionProblem p;
  p.B = q.size(0);
  p.Tq = q.size(1);
  p.H = q.size(2);
  p.D = q.size(3);
  p.Tk = k.size(1);
  p.Hk = k.size(2);
  ASC_CHECK(p.D >= 4 && p.D <= 128 && p.D % 4 == 0,
            "[attention] head_dim must be 4..128 in multiples of 4, got {}", p.D);
  ASC_CHECK(p.Hk >= 1 && p.H % p.Hk == 0, "[attention] {} query heads on {} key heads", p.H, p.Hk);
  const DType stored = q.dtype();
  const DType dtype = stored == DType::kBf16 ? DType::kF32 : stored;
  ASC_CHECK(dtype == DType::kF32 || dtype == DType::kF64, "[attention] q must be f32, f64 or bf16, got {}",
            name_of(stored));
  const Shape keys{p.B, p.Tk, p.Hk, p.D};
  check_shape("k", k, keys, stored);
  check_shape("v", v, keys, stored);
  check_shape("out", out, q.shape(), dtype);
  p.q = attention_operand(q);
  p.k = attention_operand(k);
  p.v = attention_operand(v);
  p.out = attention_operand(out);
  if (!lse.empty()) {
    check_shape("lse", lse, {p.B, p.H, p.Tq}, dtype);
    p.lse = {static_cast<char*>(lse.data()), dtype, lse.stride(0), lse.stride(2), lse.stride(1)};
  }
  take_options(p, options, dtype);
  return p;
}

AttentionProblem attention_problem(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out,
                                   const Tensor& lse, const Tensor& dout, const AttentionGradients& gradients,
                                   const AttentionOptions& options) {
  AttentionProblem p = attention_problem(q, k, v, out, lse, options);
  const DType dtype = q.dtype();
  ASC_CHECK(dtype != DType::kBf16, "[attention] backward takes f32 or f64, got bf16");
  ASC_CHECK(!lse.empty(), "[attention] backward needs lse");
  check_shape("dout", dout, q.shape(), dtype);
  check_shape("dq", gradients.dq, q.shape(), dtype);
  check_shape("dk", gradients.dk, k.shape(), dtype);
  check_shape("dv", gradients.dv, v.shape(), dtype);
  if (!gradients.dbias.empty()) check_shape("dbias", gradients.dbias, options.bias.shape(), dtype);
  return p;
}

double AttentionProblem::pairs() const {
  if (!causal && window == 0) return static_cast<double>(Tq) * static_cast<double>(Tk);
  double sum = 0;
  for (int64_t i = 0; i < Tq; ++i) {
    const KeyRange seen = range(i, Tk);
    sum += static_cast<double>(std::max<int64_t>(0, seen.end - seen.begin));
  }
  return sum;
}

namespace {
double elements(int64_t a, int64_t b, int64_t c, int64_t d) {
  return static_cast<double>(a * b) * static_cast<double>(c * d);
}
double bias_bytes(const AttentionProblem& p) {
  if (!p.bias.data) return 0;
  return size_of(p.bias.dtype) *
         elements(p.bias.batch ? p.B : 1, p.bias.head ? p.H : 1, p.bias.row ? p.Tq : 1, p.Tk);
}
}  // namespace

double attention_forward_flops(const AttentionProblem& p) {
  return 4 * static_cast<double>(p.B * p.H * p.D) * p.pairs();
}

double attention_forward_bytes(const AttentionProblem& p) {
  const double stored = size_of(p.q.dtype), computed = size_of(p.out.dtype);
  return (stored + computed) * elements(p.B, p.Tq, p.H, p.D) + 2 * stored * elements(p.B, p.Tk, p.Hk, p.D) +
         computed * elements(p.B, p.Tq, p.H, 1) + bias_bytes(p);
}

double attention_backward_flops(const AttentionProblem& p) { return 2.5 * attention_forward_flops(p); }

double attention_backward_bytes(const AttentionProblem& p) {
  return size_of(p.q.dtype) * (4 * elements(p.B, p.Tq, p.H, p.D) + 4 * elements(p.B, p.Tk, p.Hk, p.D) +
                               elements(p.B, p.Tq, p.H, 1)) +
         2 * bias_bytes(p);
}

}  // namespace ascender
