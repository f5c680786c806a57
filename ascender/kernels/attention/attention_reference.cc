#include <cmath>
#include <limits>
#include <span>

#include "ascender/kernels/attention/attention_problem.h"

namespace ascender {
namespace {

double value(const void* data, DType dtype, int64_t index) {
  switch (dtype) {
    case DType::kF32:
      return static_cast<const float*>(data)[index];
    case DType::kF64:
      return static_cast<const double*>(data)[index];
    default: {
      const uint32_t bits = static_cast<uint32_t>(static_cast<const uint16_t*>(data)[index]) << 16;
      float result = 0;
      __builtin_memcpy(&result, &bits, sizeof result);
      return result;
    }
  }
}

void store(const AttentionOperand& to, int64_t index, double x, Write write = Write::kAssign) {
  void* data = to.data;
  if (write == Write::kAdd) x += value(data, to.dtype, index);
  if (to.dtype == DType::kF64) {
    static_cast<double*>(data)[index] = x;
  } else {
    static_cast<float*>(data)[index] = static_cast<float>(x);
  }
}

// Element 0 of a row of an operand.
int64_t row_of(const AttentionOperand& x, int64_t b, int64_t i, int64_t h) {
  return b * x.batch + i * x.row + h * x.head;
}

double dot(const AttentionOperand& x, int64_t x0, const AttentionOperand& y, int64_t y0, int64_t D) {
  double sum = 0;
  for (int64_t d = 0; d < D; ++d) sum += value(x.data, x.dtype, x0 + d) * value(y.data, y.dtype, y0 + d);
  return sum;
}

double score(const AttentionProblem& p, int64_t b, int64_t h, int64_t i, int64_t j) {
  double s = p.scale * dot(p.q, row_of(p.q, b, i, h), p.k, row_of(p.k, b, j, h / p.group()), p.D);
  if (p.bias.data) {
    const double bias = value(p.bias.data, p.bias.dtype, row_of(p.bias, b, i, h) + j);
    if (bias <= (p.bias.dtype == DType::kF64 ? -1e299 : -1e29))
      return -std::numeric_limits<double>::infinity();
    s += bias;
  }
  if (p.slopes) s -= value(p.slopes, p.out.dtype, h) * static_cast<double>(std::abs(i + p.offset - j));
  return s;
}

// The probabilities of one query over its keys, and their log-sum-exp; an empty range when it has none.
struct Row {
  KeyRange keys;
  double lse = -std::numeric_limits<double>::infinity();
};
Row softmax_row(const AttentionProblem& p, int64_t b, int64_t h, int64_t i, double* probability) {
  Row row;
  if (i >= p.queries(b)) return row;
  const KeyRange keys = p.range(i, p.keys(b));
  double largest = -std::numeric_limits<double>::infinity();
  for (int64_t j = keys.begin; j < keys.end; ++j)
    largest = std::max(largest, probability[j] = score(p, b, h, i, j));
  if (largest == -std::numeric_limits<double>::infinity()) return row;
  double sum = 0;
  for (int64_t j = keys.begin; j < keys.end; ++j) sum += probability[j] = std::exp(probability[j] - largest);
  for (int64_t j = keys.begin; j < keys.end; ++j) probability[j] /= sum;
  row.keys = keys;
  row.lse = largest + std::log(sum);
  return row;
}

double* doubles(Context& context, int64_t count) {
  auto* memory = static_cast<double*>(context.scratch.allocate(static_cast<size_t>(count) * sizeof(double)));
  std::fill_n(memory, count, 0.0);
  return memory;
}

// Adds a * row of x to y.
void axpy(double a, const AttentionOperand& x, int64_t x0, int64_t D, double* y) {
  for (int64_t d = 0; d < D; ++d) y[d] += a * value(x.data, x.dtype, x0 + d);
}

struct Backward {
  const AttentionProblem& p;
  AttentionOperand dout;
  const AttentionGradients& gradients;
  double *probability, *dp, *dq;  // one query
  double *dk, *dv;                // one key head
  double* dbias;                  // all of it, or null

  int64_t bias_index(int64_t b, int64_t h, int64_t i) const {
    const Tensor& to = gradients.dbias;
    const int64_t row = p.bias.row ? i : 0, head = p.bias.head ? h : 0, batch = p.bias.batch ? b : 0;
    return ((batch * to.size(1) + head) * to.size(2) + row) * p.Tk;
  }

  void query(int64_t b, int64_t h, int64_t i) const {
    const Row row = softmax_row(p, b, h, i, probability);
    const int64_t hk = h / p.group(), d0 = row_of(dout, b, i, h);
    double delta = 0;
    for (int64_t j = row.keys.begin; j < row.keys.end; ++j) {
      dp[j] = dot(dout, d0, p.v, row_of(p.v, b, j, hk), p.D);
      delta += probability[j] * dp[j];
    }
    std::fill_n(dq, p.D, 0.0);
    for (int64_t j = row.keys.begin; j < row.keys.end; ++j) {
      const double ds = probability[j] * (dp[j] - delta);
      axpy(ds * p.scale, p.k, row_of(p.k, b, j, hk), p.D, dq);
      axpy(ds * p.scale, p.q, row_of(p.q, b, i, h), p.D, dk + j * p.D);
      axpy(probability[j], dout, d0, p.D, dv + j * p.D);
      if (dbias) dbias[bias_index(b, h, i) + j] += ds;
    }
    const AttentionOperand to = attention_operand(gradients.dq);
    for (int64_t d = 0; d < p.D; ++d) store(to, row_of(to, b, i, h) + d, dq[d], gradients.write_q);
  }

  void key_head(int64_t b, int64_t hk) const {
    std::fill_n(dk, p.Tk * p.D, 0.0);
    std::fill_n(dv, p.Tk * p.D, 0.0);
    for (int64_t h = hk * p.group(); h < (hk + 1) * p.group(); ++h) {
      for (int64_t i = 0; i < p.Tq; ++i) query(b, h, i);
    }
    const AttentionOperand k = attention_operand(gradients.dk), v = attention_operand(gradients.dv);
    for (int64_t j = 0; j < p.Tk; ++j) {
      for (int64_t d = 0; d < p.D; ++d) {
        store(k, row_of(k, b, j, hk) + d, dk[j * p.D + d], gradients.write_k);
        store(v, row_of(v, b, j, hk) + d, dv[j * p.D + d], gradients.write_v);
      }
    }
  }

  void store_bias() const {
    const Tensor& to = gradients.dbias;
    AttentionOperand rows{static_cast<char*>(to.data()), to.dtype(), to.stride(0), to.stride(2),
                          to.stride(1)};
    const double* from = dbias;
    for (int64_t b = 0; b < to.size(0); ++b) {
      for (int64_t h = 0; h < to.size(1); ++h) {
        for (int64_t i = 0; i < to.size(2); ++i) {
          for (int64_t j = 0; j < p.Tk; ++j)
            store(rows, row_of(rows, b, i, h) + j, *from++, gradients.write_bias);
        }
      }
    }
  }
};

}  // namespace

void attention_forward_reference(Context& context, const Tensor& q, const Tensor& k, const Tensor& v,
                                 const Tensor& out, const Tensor& lse, const AttentionOptions& options) {
  const AttentionProblem p = attention_problem(q, k, v, out, lse, options);
  if (!context.begin(attention_forward_flops(p), attention_forward_bytes(p))) return;
  const size_t mark = context.scratch.mark();
  double* probability = doubles(context, p.Tk);
  double* sum = doubles(context, p.D);
  for (int64_t b = 0; b < p.B; ++b) {
    for (int64_t h = 0; h < p.H; ++h) {
      for (int64_t i = 0; i < p.Tq; ++i) {
        const Row row = softmax_row(p, b, h, i, probability);
        std::fill_n(sum, p.D, 0.0);
        for (int64_t j = row.keys.begin; j < row.keys.end; ++j) {
          axpy(probability[j], p.v, row_of(p.v, b, j, h / p.group()), p.D, sum);
        }
        for (int64_t d = 0; d < p.D; ++d) store(p.out, row_of(p.out, b, i, h) + d, sum[d]);
        if (p.lse.data) store(p.lse, row_of(p.lse, b, i, h), row.lse);
      }
    }
  }
  context.scratch.release(mark);
}

void attention_backward_reference(Context& context, const Tensor& q, const Tensor& k, const Tensor& v,
                                  const Tensor& out, const Tensor& lse, const Tensor& dout,
                                  const AttentionGradients& gradients, const AttentionOptions& options) {
  const AttentionProblem p = attention_problem(q, k, v, out, lse, dout, gradients, options);
  if (!context.begin(attention_backward_flops(p), attention_backward_bytes(p))) return;
  const size_t mark = context.scratch.mark();
  const auto room = [&](int64_t count) { return doubles(context, count); };
  double* dbias = gradients.dbias.empty() ? nullptr : room(gradients.dbias.count());
  const Backward backward{p,         attention_operand(dout), gradients,        room(p.Tk), room(p.Tk),
                          room(p.D), room(p.Tk * p.D),        room(p.Tk * p.D), dbias};
  for (int64_t b = 0; b < p.B; ++b) {
    for (int64_t hk = 0; hk < p.Hk; ++hk) backward.key_head(b, hk);
  }
  if (dbias) backward.store_bias();
  context.scratch.release(mark);
}

}  // namespace ascender
