#include "ascender/data/shuffle.h"

#include <bit>

#include "ascender/base/check.h"

namespace ascender {
namespace {

constexpr uint64_t kRounds = 8;
// Positions of the stream kData at this offset belong to the rounds; samplers draw far below it.
constexpr uint64_t kRoundBase = uint64_t{1} << 63;

uint64_t feistel(uint64_t x, int half_bits, RandomKey key, uint64_t epoch) {
  const uint64_t mask = (uint64_t{1} << half_bits) - 1;
  uint64_t left = x >> half_bits;
  uint64_t right = x & mask;
  for (uint64_t round = 0; round < kRounds; ++round) {
    const auto words = random_words(key, epoch, kRoundBase | (round << 32) | right);
    const uint64_t mixed = left ^ (words[0] & mask);
    left = right;
    right = mixed;
  }
  return (left << half_bits) | right;
}

}  // namespace

uint64_t permuted(uint64_t index, uint64_t count, RandomKey key, uint64_t epoch) {
  ASC_CHECK(index < count && count <= uint64_t{1} << 62, "index {} of {}", index, count);
  const int half_bits = (static_cast<int>(std::bit_width(count - 1)) + 1) / 2;
  if (half_bits == 0) return 0;
  do {
    index = feistel(index, half_bits, key, epoch);
  } while (index >= count);
  return index;
}

uint64_t shuffled(uint64_t draw, uint64_t count, RandomKey key) {
  return permuted(draw % count, count, key, draw / count);
}

}  // namespace ascender
