// How a class is chosen from logits: the largest, or a draw from the tempered distribution cut to its likely
// part.
//   p_c = exp(z_c / temperature) / Z over the kept classes
//   kept: the top_k largest, of these the fewest most probable ones that hold the mass top_p (Holtzman et al.
//   2019)
// Among equals the lower class comes first, so the result is a function of the logits and the draw alone.
#pragma once

#include <cstdint>
#include <vector>

#include "ascender/base/random.h"
#include "ascender/tensor/tensor.h"

namespace ascender {

struct SamplingRule {
  double temperature = 1.0;  // 0: greedy, always the largest
  int64_t top_k = 0;         // 0: all
  double top_p = 1.0;        // in (0, 1]; 1: all

  static SamplingRule greedy() { return {.temperature = 0}; }
};

// Fills p with a probability for every class of row n of logits [.., C]; they add up to 1. A NaN logit has
// none; where no logit is a number, class 0 has all. REQUIRES: temperature >= 0, top_k >= 0, 0 < top_p <= 1.
void sampling_distribution(const Tensor& logits, int64_t n, const SamplingRule& rule, std::vector<double>& p);

// The class that a uniform draw u in [0, 1) falls on, classes in ascending order.
int32_t pick(const std::vector<double>& p, double u);

// Draws token `position` of a sequence: a function of (seed, position, logits, rule).
class Sampler {
 public:
  Sampler(const SamplingRule& rule, uint64_t seed) : rule_(rule), key_{seed, Stream::kSample} {}
  int32_t draw(const Tensor& logits, int64_t n, uint64_t position);

 private:
  SamplingRule rule_;
  RandomKey key_;
  std::vector<double> p_;
};

}  // namespace ascender
