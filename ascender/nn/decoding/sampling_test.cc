#include "ascender/nn/decoding/sampling.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace ascender {
namespace {

std::vector<double> distribution(std::vector<double> z, const SamplingRule& rule) {
  std::vector<double> p;
  sampling_distribution(Tensor(z.data(), DType::kF64, {1, static_cast<int64_t>(z.size())}), 0, rule, p);
  return p;
}

TEST(Sampling, TemperatureDividesTheLogits) {
  const auto p = distribution({0, 1, 3}, {.temperature = 0.5});
  const double total = 1 + std::exp(2.0) + std::exp(6.0);
  EXPECT_NEAR(p[0], 1 / total, 1e-15);
  EXPECT_NEAR(p[1], std::exp(2.0) / total, 1e-15);
  EXPECT_NEAR(p[2], std::exp(6.0) / total, 1e-15);
}

TEST(Sampling, ZeroTemperatureTakesTheFirstOfTheLargest) {
  EXPECT_EQ(distribution({1, 4, 4, 2}, SamplingRule::greedy()), (std::vector<double>{0, 1, 0, 0}));
}

TEST(Sampling, TopKKeepsTheLargestAndTheLowerOfEquals) {
  EXPECT_EQ(distribution({2, 0, 2, 2}, {.top_k = 2}), (std::vector<double>{0.5, 0, 0.5, 0}));
  EXPECT_EQ(distribution({1, 1}, {.top_k = 9}), (std::vector<double>{0.5, 0.5}));
}

TEST(Sampling, TopPKeepsTheFewestThatHoldTheMass) {
  const std::vector<double> z = {std::log(0.2), std::log(0.5), std::log(0.3)};
  EXPECT_EQ(distribution(z, {.top_p = 0.4}), (std::vector<double>{0, 1, 0}));
  const auto two = distribution(z, {.top_p = 0.79});
  EXPECT_NEAR(two[1], 0.625, 1e-12);
  EXPECT_NEAR(two[2], 0.375, 1e-12);
  EXPECT_EQ(two[0], 0);
  EXPECT_GT(distribution(z, {.top_p = 0.81})[0], 0.19);
}

TEST(Sampling, TopPIsTheMassOfWhatTopKLeft) {
  const std::vector<double> z = {std::log(0.2), std::log(0.5), std::log(0.3)};
  const auto p = distribution(z, {.top_k = 2, .top_p = 0.6});  // 0.5 of 0.8 holds 0.625
  EXPECT_EQ(p, (std::vector<double>{0, 1, 0}));
}

TEST(Sampling, NumbersThatAreNoneHaveNoChance) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = INFINITY;
  EXPECT_EQ(distribution({nan, 0, nan}, {}), (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(distribution({nan, nan}, {}), (std::vector<double>{1, 0}));
  EXPECT_EQ(distribution({inf, 0, inf}, {}), (std::vector<double>{0.5, 0, 0.5}));
}

TEST(Sampling, PickFollowsTheCumulativeMassAndNeverTakesAnImpossibleClass) {
  const std::vector<double> p = {0, 0.25, 0, 0.75, 0};
  EXPECT_EQ(pick(p, 0), 1);
  EXPECT_EQ(pick(p, 0.2499), 1);
  EXPECT_EQ(pick(p, 0.25), 3);
  EXPECT_EQ(pick(p, std::nextafter(1.0, 0.0)), 3);
}

TEST(Sampling, DrawsAreThoseOfTheDistributionAndOfTheSeed) {
  std::vector<float> z = {std::log(0.2F), std::log(0.5F), std::log(0.3F)};
  const Tensor logits(z.data(), DType::kF32, {1, 3});
  Sampler sampler({}, 5), same({}, 5), other({}, 6);
  constexpr int kDraws = 20000;
  std::vector<double> counts(3, 0);
  int differ = 0;
  for (uint64_t i = 0; i < kDraws; ++i) {
    const int32_t c = sampler.draw(logits, 0, i);
    counts[static_cast<size_t>(c)] += 1;
    ASSERT_EQ(c, same.draw(logits, 0, i));
    differ += c != other.draw(logits, 0, i);
  }
  // Four standard deviations of a binomial share.
  const double expected[] = {0.2, 0.5, 0.3};
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(counts[c] / kDraws, expected[c], 4 * std::sqrt(expected[c] * (1 - expected[c]) / kDraws));
  }
  EXPECT_GT(differ, kDraws / 2);
}

}  // namespace
}  // namespace ascender
