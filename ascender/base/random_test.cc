#include "ascender/base/random.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <set>
#include <vector>

#include "ascender/base/check.h"

namespace ascender {
namespace {

constexpr RandomKey kKey{.seed = 7, .stream = Stream::kTest};

// The inverse of x ^ (x >> shift), and of splitmix64's finaliser: finds the seed that gives a wanted Philox
// key.
uint64_t unshift(uint64_t y, int shift) {
  uint64_t x = y;
  for (int done = shift; done < 64; done += shift) x = y ^ (x >> shift);
  return x;
}
uint64_t reciprocal(uint64_t odd) {
  uint64_t x = odd;
  for (int step = 0; step < 6; ++step) x *= 2 - odd * x;
  return x;
}
uint64_t unmix(uint64_t y) {
  y = unshift(y, 31) * reciprocal(0x94D049BB133111EBULL);
  y = unshift(y, 27) * reciprocal(0xBF58476D1CE4E5B9ULL);
  return unshift(y, 30) - 0x9E3779B97F4A7C15ULL;
}
RandomKey with_philox_key(uint32_t low, uint32_t high) {
  const uint64_t key = (static_cast<uint64_t>(high) << 32) | low;
  return {.seed = unmix(unmix(key) ^ static_cast<uint64_t>(Stream::kTest)), .stream = Stream::kTest};
}

using Words = std::array<uint32_t, 4>;

// philox4x32 with 10 rounds, from Random123's tests/kat_vectors.
TEST(Random, GivesPhiloxKnownAnswers) {
  EXPECT_EQ(random_words(with_philox_key(0, 0), 0, 0),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(random_words(with_philox_key(0xffffffff, 0xffffffff), UINT64_MAX, UINT64_MAX),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      random_words(with_philox_key(0xa4093822, 0x299f31d0), 0x0370734413198a2eULL, 0x85a308d3243f6a88ULL),
      (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, StreamsStepsAndPositionsDrawApart) {
  std::set<Words> seen;
  for (auto stream : {Stream::kInit, Stream::kData, Stream::kDropout}) {
    for (uint64_t seed : {0, 1, 2}) {
      for (uint64_t step = 0; step < 4; ++step) {
        for (uint64_t position = 0; position < 4; ++position) {
          seen.insert(random_words({.seed = seed, .stream = stream}, step, position));
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), 3u * 3u * 4u * 4u);
}

TEST(Random, CursorContinuesFromItsPosition) {
  Random straight(kKey, 5);
  for (int i = 0; i < 10; ++i) straight.bits();
  straight.normal();
  Random resumed(kKey, 5, straight.position());
  EXPECT_EQ(straight.position(), 11u);
  EXPECT_EQ(straight.bits(), resumed.bits());
}

// 4.5 standard errors: a fixed seed, so this either always passes or never.
TEST(Random, UniformHasItsMomentsAndStaysBelowOne) {
  Random random(kKey);
  constexpr int kDraws = 100000;
  double sum = 0, squares = 0, top = 0, bottom = 1;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform();
    sum += u, squares += u * u, top = std::max(top, u), bottom = std::min(bottom, u);
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 4.5 * std::sqrt(1.0 / 12 / kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 4.5 * std::sqrt(4.0 / 45 / kDraws));
  EXPECT_LT(top, 1);
  EXPECT_GT(top, 0.9999);
  EXPECT_GE(bottom, 0);
  EXPECT_LT(bottom, 0.0001);
}

// Kolmogorov-Smirnov against the normal distribution; 1.95 / sqrt(n) is the 0.1% point.
TEST(Random, NormalFollowsTheNormalDistribution) {
  Random random(kKey);
  std::vector<double> draws(50000);
  for (double& x : draws) x = random.normal();
  std::sort(draws.begin(), draws.end());
  const auto n = static_cast<double>(draws.size());
  double distance = 0;
  for (size_t i = 0; i < draws.size(); ++i) {
    const double expected = 0.5 * std::erfc(-draws[i] / std::sqrt(2.0));
    distance = std::max({distance, std::abs(expected - static_cast<double>(i) / n),
                         std::abs(expected - static_cast<double>(i + 1) / n)});
  }
  EXPECT_LT(distance, 1.95 / std::sqrt(n));
}

// Chi-squared with 12 degrees of freedom: 32.9 is the 0.1% point.
TEST(Random, BelowIsUniformOverItsRange) {
  Random random(kKey);
  constexpr int kDraws = 130000;
  std::array<int, 13> counts{};
  for (int i = 0; i < kDraws; ++i) ++counts.at(random.below(13));
  double chi = 0;
  for (int count : counts) chi += (count - kDraws / 13.0) * (count - kDraws / 13.0) / (kDraws / 13.0);
  EXPECT_LT(chi, 32.9);
}

// With bound = 3 * 2^62 a plain remainder would give the lower quarter twice as often.
TEST(Random, BelowOfAHugeBoundIsUnbiased) {
  Random random(kKey);
  constexpr uint64_t kBound = 3ULL << 62;
  constexpr int kDraws = 30000;
  int low = 0;
  for (int i = 0; i < kDraws; ++i) low += random.below(kBound) < (kBound / 3) ? 1 : 0;
  EXPECT_NEAR(low / static_cast<double>(kDraws), 1.0 / 3, 4.5 * std::sqrt(2.0 / 9 / kDraws));
  EXPECT_EQ(Random(kKey).below(1), 0u);
}

TEST(Random, BelowZeroIsABug) { EXPECT_THROW(Random(kKey).below(0), BugError); }

}  // namespace
}  // namespace ascender
