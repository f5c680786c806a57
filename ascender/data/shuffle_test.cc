#include "ascender/data/shuffle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <vector>

namespace ascender {
namespace {

constexpr RandomKey kKey{1, Stream::kData};

std::vector<uint64_t> order(uint64_t count, RandomKey key, uint64_t epoch) {
  std::vector<uint64_t> out;
  for (uint64_t i = 0; i < count; ++i) out.push_back(permuted(i, count, key, epoch));
  return out;
}

RC_GTEST_PROP(Shuffle, EveryEpochHasEveryElementOnce, (uint64_t seed, uint64_t epoch)) {
  const uint64_t count = *rc::gen::inRange<uint64_t>(1, 700);
  std::vector<int> seen(count, 0);
  for (uint64_t x : order(count, {seed, Stream::kData}, epoch)) ++seen.at(x);
  for (int times : seen) RC_ASSERT(times == 1);
}

TEST(Shuffle, EpochsAndSeedsHaveOrdersOfTheirOwn) {
  const auto one = order(1000, kKey, 0);
  EXPECT_EQ(one, order(1000, kKey, 0));
  EXPECT_NE(one, order(1000, kKey, 1));
  EXPECT_NE(one, order(1000, {2, Stream::kData}, 0));
}

// Every element is as likely as any other at a place: 6 elements, 6 places, 12,000 epochs.
TEST(Shuffle, PlacesAreUniformOverEpochs) {
  constexpr int kEpochs = 12'000;
  double counts[6][6] = {};
  for (uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
    for (uint64_t i = 0; i < 6; ++i) ++counts[i][permuted(i, 6, kKey, epoch)];
  }
  double chi_square = 0;
  for (auto& row : counts) {
    for (double count : row)
      chi_square += (count - kEpochs / 6.0) * (count - kEpochs / 6.0) / (kEpochs / 6.0);
  }
  EXPECT_LT(chi_square, 52.62);  // 25 degrees of freedom, p = .001
}

// All 24 orders of four elements come up alike; a weak network would favour some.
TEST(Shuffle, OrdersOfFourAreUniformOverEpochs) {
  constexpr int kEpochs = 24'000;
  std::vector<double> counts(256, 0);
  for (uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
    const auto o = order(4, kKey, epoch);
    ++counts[o[0] * 64 + o[1] * 16 + o[2] * 4 + o[3]];
  }
  double chi_square = 0;
  int orders = 0;
  for (double count : counts) {
    if (count == 0) continue;
    ++orders;
    chi_square += (count - 1000) * (count - 1000) / 1000;
  }
  EXPECT_EQ(orders, 24);
  EXPECT_LT(chi_square, 49.73);  // 23 degrees of freedom, p = .001
}

TEST(Shuffle, DrawsRunThroughOneEpochAfterAnother) {
  std::vector<int> seen(50, 0);
  for (uint64_t draw = 50; draw < 100; ++draw) ++seen.at(shuffled(draw, 50, kKey));
  for (int times : seen) EXPECT_EQ(times, 1);
  EXPECT_EQ(shuffled(50, 50, kKey), permuted(0, 50, kKey, 1));
}

}  // namespace
}  // namespace ascender
