// Inputs of the attention tests: one case is a shape, options and seeded numbers; run() calls a kernel on it.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "ascender/base/random.h"
#include "ascender/kernels/attention/attention.h"

namespace ascender::attention_testing {

struct Case {
  int64_t B = 1, H = 1, Hk = 1, Tq = 1, Tk = 1, D = 4;
  bool causal = false;
  int64_t offset = 0, window = 0;
  bool slopes = false, query_lengths = false, key_lengths = false;
  int bias = 0;         // 0 none; 1 full [B,H,Tq,Tk]; 2 [1,H,Tq,Tk]; 3 column [B,1,1,Tk]; 4 [1,1,1,Tk]
  bool packed = false;  // q, k, v are slices of one [B,T,H+2Hk,D] array (Tq = Tk)
  Write write = Write::kAssign;
  DType dtype = DType::kF32;
  uint64_t seed = 1;

  std::string text() const {
    return fmt::format(
        "B{} H{}/{} Tq{} Tk{} D{} causal{} offset{} window{} slopes{} lengths{}{} bias{} packed{} add{} {} "
        "seed{}",
        B, H, Hk, Tq, Tk, D, causal, offset, window, slopes, query_lengths, key_lengths, bias, packed,
        write == Write::kAdd, name_of(dtype), seed);
  }
};

inline double read(const Tensor& t, int64_t i) {
  switch (t.dtype()) {
    case DType::kF64:
      return t.as<double>()[i];
    case DType::kF32:
      return t.as<float>()[i];
    default: {
      const uint32_t bits = static_cast<uint32_t>(t.as<Bf16>()[i].bits) << 16;
      float x = 0;
      __builtin_memcpy(&x, &bits, sizeof x);
      return x;
    }
  }
}
inline void write(const Tensor& t, int64_t i, double x) {
  if (t.dtype() == DType::kF64) {
    t.as<double>()[i] = x;
  } else if (t.dtype() == DType::kF32) {
    t.as<float>()[i] = static_cast<float>(x);
  } else {
    const auto single = static_cast<float>(x);
    uint32_t bits = 0;
    __builtin_memcpy(&bits, &single, sizeof bits);
    t.as<Bf16>()[i].bits = static_cast<uint16_t>(bits >> 16);
  }
}

// The tensors of a case. Every whole array lies in `memory`, which must outlive it.
class Problem {
 public:
  Problem(Arena& memory, const Case& c) : c_(c), memory_(memory), random_({c.seed, Stream::kTest}) {
    real_ = c.dtype == DType::kBf16 ? DType::kF32 : c.dtype;
    if (c.packed) {
      const Tensor all = numbers(c.dtype, {c.B, c.Tq, c.H + 2 * c.Hk, c.D});
      q = all.slice(2, 0, c.H);
      k = all.slice(2, c.H, c.H + c.Hk);
      v = all.slice(2, c.H + c.Hk, c.H + 2 * c.Hk);
    } else {
      q = numbers(c.dtype, {c.B, c.Tq, c.H, c.D});
      k = numbers(c.dtype, {c.B, c.Tk, c.Hk, c.D});
      v = numbers(c.dtype, {c.B, c.Tk, c.Hk, c.D});
    }
    dout = numbers(real_, {c.B, c.Tq, c.H, c.D});
    options.causal = c.causal;
    options.offset = c.offset;
    options.window = c.window;
    if (c.slopes) options.slopes = numbers(real_, {c.H});
    if (c.query_lengths) options.query_lengths = lengths(c.Tq);
    if (c.key_lengths) options.key_lengths = lengths(c.Tk);
    if (c.bias == 1) options.bias = numbers(real_, {c.B, c.H, c.Tq, c.Tk});
    if (c.bias == 2) options.bias = numbers(real_, {1, c.H, c.Tq, c.Tk});
    if (c.bias == 3) options.bias = numbers(real_, {c.B, 1, 1, c.Tk});
    if (c.bias == 4) options.bias = numbers(real_, {1, 1, 1, c.Tk});
  }

  struct Outputs {
    Tensor out, lse, dq, dk, dv, dbias;
    std::vector<Tensor> all() const {
      std::vector<Tensor> tensors = {out, lse, dq, dk, dv};
      if (!dbias.empty()) tensors.push_back(dbias);
      return tensors;
    }
  };
  Outputs outputs() {
    Random same({c_.seed, Stream::kInit});  // what is there before: equal for every kernel
    const auto make = [&](const Shape& shape) {
      const Tensor t = memory_.tensor(real_, shape);
      for (int64_t i = 0; i < t.count(); ++i) attention_testing::write(t, i, same.uniform());
      return t;
    };
    Outputs o{make(q.shape()), make({c_.B, c_.H, c_.Tq}), make(q.shape()),
              make(k.shape()), make(k.shape()),           {}};
    if (c_.bias) o.dbias = make(options.bias.shape());
    return o;
  }

  Outputs run(Context& context, bool reference, bool backward) {
    Outputs o = outputs();
    (reference ? attention_forward_reference : attention_forward)(context, q, k, v, o.out, o.lse, options);
    if (!backward) return o;
    const AttentionGradients gradients{o.dq, o.dk, o.dv, o.dbias, c_.write, c_.write, c_.write, c_.write};
    (reference ? attention_backward_reference : attention_backward)(context, q, k, v, o.out, o.lse, dout,
                                                                    gradients, options);
    return o;
  }

  Tensor q, k, v, dout;
  AttentionOptions options;

 private:
  Tensor numbers(DType dtype, const Shape& shape) {
    const Tensor t = memory_.tensor(dtype, shape);
    for (int64_t i = 0; i < t.count(); ++i) attention_testing::write(t, i, 2 * random_.uniform() - 1);
    return t;
  }
  Tensor lengths(int64_t most) {
    const Tensor t = memory_.tensor(DType::kI32, {c_.B});
    for (int64_t b = 0; b < c_.B; ++b) {
      t.as<int32_t>()[b] = static_cast<int32_t>(random_.below(static_cast<uint64_t>(most) + 1));
    }
    return t;
  }

  Case c_;
  Arena& memory_;
  Random random_;
  DType real_;
};

// How far a kernel may be from exact arithmetic, for numbers in [-1, 1]: a score is a sum of D products,
// rounded at each, and its error is an error of log p; sums over keys (queries) add their own roundings.
// Random-walk growth, with a factor 4 for the worst of many; gradients pass through two such products.
struct Tolerance {
  double out, lse, gradient;
};
inline Tolerance tolerance(const Case& c) {
  const double unit = c.dtype == DType::kF64 ? 2.2e-16 : 1.2e-7;
  const double D = static_cast<double>(c.D), T = static_cast<double>(std::max(c.Tq, c.Tk));
  const double slope = c.slopes ? T + std::abs(static_cast<double>(c.offset)) : 0;
  const double score = std::sqrt(D) * (1 + D / 16) / 4 + 4 + slope;  // |score| times the depth's growth
  const double keys = std::sqrt(T);
  const double group = static_cast<double>(c.bias ? c.B * c.H : c.H / c.Hk);
  return {4 * unit * (score + keys), 4 * unit * (score + keys + 8),
          4 * unit * (score + keys) * D / 2 * std::sqrt(group) * keys};
}

// The first place where two results differ by more than is allowed, or "".
inline std::string differ(const char* name, const Tensor& x, const Tensor& y, double allowed) {
  for (int64_t i = 0; i < x.count(); ++i) {
    const double a = read(x, i), b = read(y, i);
    if (a == b || std::abs(a - b) <= allowed) continue;
    return fmt::format("{}[{}] of {}: {} against {}, allowed {}", name, i, x.shape().text(), a, b, allowed);
  }
  return "";
}

inline std::string compare(Context& context, Arena& memory, const Case& c, bool backward) {
  const size_t mark = memory.mark();
  Problem problem(memory, c);
  const Problem::Outputs fast = problem.run(context, false, backward),
                         slow = problem.run(context, true, backward);
  const Tolerance t = tolerance(c);
  const char* names[] = {"out", "lse", "dq", "dk", "dv", "dbias"};
  const double allowed[] = {t.out, t.lse, t.gradient, t.gradient, t.gradient, t.gradient};
  const auto x = fast.all(), y = slow.all();
  std::string fault;
  for (size_t i = 0; i < x.size() && fault.empty(); ++i) fault = differ(names[i], x[i], y[i], allowed[i]);
  memory.release(mark);
  return fault.empty() ? "" : c.text() + ": " + fault;
}

}  // namespace ascender::attention_testing
