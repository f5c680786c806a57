#include "ascender/base/random.h"

#include <Random123/philox.h>
#include <cmath>
#include <numbers>

#include "ascender/base/check.h"

namespace ascender {
namespace {

// splitmix64's finaliser: spreads (seed, stream) over Philox's 64-bit key.
uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace

std::array<uint32_t, 2> philox_key(RandomKey key) {
  const uint64_t k = mix(mix(key.seed) ^ static_cast<uint64_t>(key.stream));
  return {static_cast<uint32_t>(k), static_cast<uint32_t>(k >> 32)};
}

std::array<uint32_t, 4> random_words(RandomKey key, uint64_t step, uint64_t position) {
  const philox4x32_ctr_t counter = {{static_cast<uint32_t>(position), static_cast<uint32_t>(position >> 32),
                                     static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32)}};
  const std::array<uint32_t, 2> k = philox_key(key);
  const philox4x32_key_t words = {{k[0], k[1]}};
  const philox4x32_ctr_t out = philox4x32(counter, words);
  return {out.v[0], out.v[1], out.v[2], out.v[3]};
}

uint64_t Random::bits() {
  const auto words = random_words(key_, step_, position_++);
  return (static_cast<uint64_t>(words[1]) << 32) | words[0];
}

double Random::uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

uint64_t Random::below(uint64_t bound) {
  ASC_CHECK(bound > 0, "below({})", bound);
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t x = bits();
  while (x >= limit) x = bits();
  return x % bound;
}

double Random::normal() {
  const auto words = random_words(key_, step_, position_++);
  const uint64_t a = (static_cast<uint64_t>(words[1]) << 32) | words[0];
  const uint64_t b = (static_cast<uint64_t>(words[3]) << 32) | words[2];
  const double u = (static_cast<double>(a >> 11) + 1.0) * 0x1p-53;  // (0, 1]: its logarithm is finite
  const double v = static_cast<double>(b >> 11) * 0x1p-53;
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

}  // namespace ascender
