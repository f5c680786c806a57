#include "ascender/nn/looplm/gate.h"

#include <array>
#include <cmath>

namespace ascender {
namespace {

using Row = std::array<double, kMaxGatedLoops>;

double get(const Tensor& t, int64_t n) {
  return t.dtype() == DType::kF64 ? t.as<double>()[n] : static_cast<double>(t.as<float>()[n]);
}
void put(const Tensor& t, int64_t n, double x, Write write) {
  visit_real(t.dtype(), "gate", [&]<class T>() {
    T& at = t.as<T>()[n];
    at = write == Write::kAdd ? at + static_cast<T>(x) : static_cast<T>(x);
  });
}

double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }
double log_or_zero(double p) { return p > 0 ? std::log(p) : 0; }

struct Gated {
  std::array<Var, kMaxGatedLoops> losses, gates;
  Tensor targets;
  int loops;
  double entropy_weight, count;

  Row gate_row(int64_t n) const {
    Row g{};
    for (int t = 0; t < loops; ++t) g[static_cast<size_t>(t)] = get(gates[static_cast<size_t>(t)].value, n);
    return g;
  }

  // d loss / d p_t
  double price(int t, int64_t n, double p) const {
    return get(losses[static_cast<size_t>(t)].value, n) + entropy_weight * (log_or_zero(p) + 1);
  }

  double value() const {
    double total = 0;
    for (int64_t n = 0; n < targets.count(); ++n) {
      if (targets.as<int32_t>()[n] < 0) continue;
      Row p{};
      exit_distribution(gate_row(n).data(), loops, p.data());
      for (int t = 0; t < loops; ++t) {
        const double q = p[static_cast<size_t>(t)];
        total += q * get(losses[static_cast<size_t>(t)].value, n) + entropy_weight * q * log_or_zero(q);
      }
    }
    return total / count;
  }

  void operator()(Tape& tape) const {
    std::array<GradientTarget, kMaxGatedLoops> dlosses, dgates;
    for (size_t t = 0; t < static_cast<size_t>(loops); ++t) {
      dlosses[t] = tape.target(losses[t]);
      dgates[t] = tape.target(gates[t]);
    }
    for (int64_t n = 0; n < targets.count(); ++n) row(n, dlosses, dgates);
  }

  // dp_t/dg_j = p_t (1 - lambda_j) for t = j, -p_t lambda_j for t > j, where the last loop has no gate of its
  // own.
  void row(int64_t n, const std::array<GradientTarget, kMaxGatedLoops>& dlosses,
           const std::array<GradientTarget, kMaxGatedLoops>& dgates) const {
    const double share = targets.as<int32_t>()[n] < 0 ? 0 : 1 / count;
    const Row g = gate_row(n);
    Row p{};
    exit_distribution(g.data(), loops, p.data());
    double later = 0;
    for (int t = loops - 1; t >= 0; --t) {
      const auto i = static_cast<size_t>(t);
      const double weighted = p[i] * price(t, n, p[i]);
      const double lambda = sigmoid(g[i]);
      const double dg = t == loops - 1 ? 0 : weighted * (1 - lambda) - later * lambda;
      if (dlosses[i]) put(dlosses[i].tensor, n, share * p[i], dlosses[i].write);
      if (dgates[i]) put(dgates[i].tensor, n, share * dg, dgates[i].write);
      later += weighted;
    }
  }
};

}  // namespace

void exit_distribution(const double* gates, int loops, double* p) {
  double left = 1;
  for (int t = 0; t < loops; ++t) {
    const double lambda = t == loops - 1 ? 1 : sigmoid(gates[t]);
    p[t] = left * lambda;
    left *= 1 - lambda;
  }
}

double gated_loss(Tape& tape, const Var* losses, const Var* gates, int loops, const Tensor& targets,
                  double entropy_weight, double count) {
  ASC_CHECK(loops >= 1 && loops <= kMaxGatedLoops, "gated loss over {} loops", loops);
  Gated gated{{}, {}, targets, loops, entropy_weight, count};
  for (int t = 0; t < loops; ++t) {
    gated.losses[static_cast<size_t>(t)] = losses[t];
    gated.gates[static_cast<size_t>(t)] = gates[t];
  }
  const double value = tape.context().dry ? 0.0 : gated.value();
  tape.record(gated);
  return value;
}

}  // namespace ascender
