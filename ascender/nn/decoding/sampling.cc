#include "ascender/nn/decoding/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ascender {
namespace {

// The row with -inf in place of NaN.
void read_row(const Tensor& logits, int64_t n, std::vector<double>& z) {
  const int64_t C = logits.size(-1);
  z.resize(static_cast<size_t>(C));
  visit_real(logits.dtype(), "sampling", [&]<class T>() {
    const T* row = logits.as<T>() + n * C;
    std::transform(row, row + C, z.begin(),
                   [](T x) { return std::isnan(x) ? -INFINITY : static_cast<double>(x); });
  });
}

void put_all_on(size_t c, std::vector<double>& p) {
  std::ranges::fill(p, 0.0);
  p[c] = 1;
}

// exp((z - max) / temperature); infinite logits share everything.
void temper(std::vector<double>& p, double temperature) {
  const double largest = *std::ranges::max_element(p);
  for (double& x : p) {
    x = std::isinf(largest) ? static_cast<double>(x == largest) : std::exp((x - largest) / temperature);
  }
}

// Keeps the likely part of weights that need not add up to 1.
void cut(const SamplingRule& rule, std::vector<double>& p) {
  const size_t k = rule.top_k > 0 ? std::min(static_cast<size_t>(rule.top_k), p.size()) : p.size();
  if (k == p.size() && rule.top_p >= 1) return;
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return p[a] > p[b]; });
  double mass = 0;
  for (size_t i = 0; i < k; ++i) mass += p[order[i]];
  double held = 0;
  size_t kept = 0;
  while (kept < k && (kept == 0 || rule.top_p >= 1 || held < rule.top_p * mass)) held += p[order[kept++]];
  for (size_t i = kept; i < order.size(); ++i) p[order[i]] = 0;
}

}  // namespace

void sampling_distribution(const Tensor& logits, int64_t n, const SamplingRule& rule,
                           std::vector<double>& p) {
  ASC_CHECK(rule.temperature >= 0 && rule.top_k >= 0 && rule.top_p > 0 && rule.top_p <= 1,
            "temperature {}, top_k {}, top_p {}", rule.temperature, rule.top_k, rule.top_p);
  read_row(logits, n, p);
  const auto largest = std::ranges::max_element(p);
  if (rule.temperature == 0 || *largest == -INFINITY) {
    put_all_on(static_cast<size_t>(largest - p.begin()), p);
    return;
  }
  temper(p, rule.temperature);
  cut(rule, p);
  const double total = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& x : p) x /= total;
}

int32_t pick(const std::vector<double>& p, double u) {
  double below = 0;
  size_t last = 0;
  for (size_t c = 0; c < p.size(); ++c) {
    if (p[c] <= 0) continue;
    below += p[c];
    last = c;
    if (u < below) break;
  }
  return static_cast<int32_t>(last);
}

int32_t Sampler::draw(const Tensor& logits, int64_t n, uint64_t position) {
  sampling_distribution(logits, n, rule_, p_);
  return pick(p_, Random(key_, position).uniform());
}

}  // namespace ascender
