#include "ascender/nn/decoding/halting.h"

#include <algorithm>
#include <cmath>

namespace ascender {
namespace {

double element(const Tensor& t, int64_t i) {
  return t.dtype() == DType::kF64 ? t.as<double>()[i] : static_cast<double>(t.as<float>()[i]);
}

void softmax_row(const Tensor& logits, int64_t n, std::vector<double>& p) {
  const int64_t C = logits.size(-1);
  p.resize(static_cast<size_t>(C));
  double largest = -INFINITY, total = 0;
  for (int64_t c = 0; c < C; ++c) largest = std::max(largest, element(logits, n * C + c));
  for (int64_t c = 0; c < C; ++c)
    total += p[static_cast<size_t>(c)] = std::exp(element(logits, n * C + c) - largest);
  for (double& x : p) x /= total;
}

}  // namespace

int32_t argmax(const Tensor& logits, int64_t n) {
  const int64_t C = logits.size(-1);
  int32_t best = 0;
  for (int64_t c = 1; c < C; ++c) {
    if (element(logits, n * C + c) > element(logits, n * C + best)) best = static_cast<int32_t>(c);
  }
  return best;
}

Halting::Halting(const HaltRule& rule, int64_t rows, int64_t tokens, std::vector<uint8_t> asked)
    : rule_(rule), rows_(rows), tokens_(tokens), left_(rows * tokens), asked_(std::move(asked)) {
  const auto n = static_cast<size_t>(rows * tokens);
  ASC_CHECK(asked_.size() == n, "asked for {} tokens of {}", asked_.size(), n);
  stopped_.assign(n, 0);
  prediction_.assign(n, 0);
  loops_.assign(n, 0);
  gate_left_.assign(n, 1.0);
}

void Halting::stop(size_t at, int loop) {
  stopped_[at] = 1;
  loops_[at] = loop;
  --left_;
}

double Halting::signal(const LoopView& view, size_t at, const std::vector<double>& p) const {
  if (rule_.signal == HaltSignal::kGate) return gate_left_[at];
  if (view.loop == 1) return INFINITY;
  double total = 0;
  if (rule_.signal == HaltSignal::kKl) {
    const size_t C = p.size();
    for (size_t c = 0; c < C; ++c) {
      if (p[c] > 0) total += p[c] * std::log(p[c] / std::max(before_[at * C + c], 1e-300));
    }
    return std::max(0.0, total);
  }
  const int64_t d = view.latent.size(-1);
  double square = 0;
  for (int64_t i = 0; i < d; ++i) {
    const double h = element(view.latent, static_cast<int64_t>(at) * d + i);
    const double change = h - latent_[at * static_cast<size_t>(d) + static_cast<size_t>(i)];
    total += change * change;
    square += h * h;
  }
  return std::sqrt(total / std::max(square, 1e-300));
}

void Halting::observe(const LoopView& view) {
  const int64_t N = rows_ * tokens_;
  std::vector<double> signals(static_cast<size_t>(N)), p;
  std::vector<double> now;
  for (int64_t n = 0; n < N; ++n) {
    const auto at = static_cast<size_t>(n);
    if (!stopped_[at]) prediction_[at] = argmax(view.logits, n);
    if (rule_.signal == HaltSignal::kGate) {
      const double gate = 1 / (1 + std::exp(-element(view.exit_logit, n)));
      gate_left_[at] *= 1 - gate;
    }
    if (rule_.signal == HaltSignal::kKl) {
      softmax_row(view.logits, n, p);
      now.insert(now.end(), p.begin(), p.end());
    }
    signals[at] = asked_[at] ? signal(view, at, p) : 0;
  }
  before_ = std::move(now);
  if (rule_.signal == HaltSignal::kLatent) {
    const int64_t d = view.latent.size(-1);
    latent_.resize(static_cast<size_t>(N * d));
    for (int64_t i = 0; i < N * d; ++i) latent_[static_cast<size_t>(i)] = element(view.latent, i);
  }
  for (int64_t row = 0; row < rows_; ++row) {
    const auto begin = signals.begin() + row * tokens_;
    const double largest = *std::max_element(begin, begin + tokens_);
    for (int64_t token = 0; token < tokens_; ++token) {
      const size_t at = index(row, token);
      const double s = rule_.scope == HaltScope::kSequence ? largest : signals[at];
      if (!stopped_[at] && (s < rule_.threshold || view.loop >= rule_.max_loops)) stop(at, view.loop);
    }
  }
}

}  // namespace ascender
