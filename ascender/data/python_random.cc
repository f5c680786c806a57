#include "ascender/data/python_random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "ascender/base/check.h"

namespace ascender {

// init_by_array with the seed's 32-bit words, least significant first.
PythonRandom::PythonRandom(uint64_t seed) {
  const std::array<uint32_t, 2> key = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  const size_t length = key[1] == 0 ? 1 : 2;
  init(19650218U);
  size_t i = 1;
  const auto step = [&](uint32_t factor, uint32_t plus) {
    const uint32_t before = state_[i - 1];
    state_[i] = (state_[i] ^ ((before ^ (before >> 30)) * factor)) + plus;
    if (++i == kWords) {
      state_[0] = state_[kWords - 1];
      i = 1;
    }
  };
  for (size_t k = 0; k < kWords; ++k) step(1664525U, key[k % length] + static_cast<uint32_t>(k % length));
  for (size_t k = 0; k < kWords - 1; ++k) step(1566083941U, -static_cast<uint32_t>(i));
  state_[0] = 0x80000000U;
}

void PythonRandom::init(uint32_t seed) {
  state_[0] = seed;
  for (size_t i = 1; i < kWords; ++i) {
    const uint32_t before = state_[i - 1];
    state_[i] = 1812433253U * (before ^ (before >> 30)) + static_cast<uint32_t>(i);
  }
}

void PythonRandom::refill() {
  constexpr size_t kShift = 397;
  for (size_t i = 0; i < kWords; ++i) {
    const uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % kWords] & 0x7fffffffU);
    state_[i] = state_[(i + kShift) % kWords] ^ (y >> 1) ^ ((y & 1U) != 0 ? 0x9908b0dfU : 0U);
  }
  at_ = 0;
}

uint32_t PythonRandom::next() {
  if (at_ == kWords) refill();
  uint32_t y = state_[at_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

double PythonRandom::random() {
  const uint32_t high = next() >> 5;
  const uint32_t low = next() >> 6;
  return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0);
}

uint64_t PythonRandom::getrandbits(int count) {
  ASC_CHECK(count >= 1 && count <= 64, "{} bits", count);
  if (count <= 32) return next() >> (32 - count);
  const uint64_t low = next();
  return low | (static_cast<uint64_t>(next() >> (64 - count)) << 32);
}

uint64_t PythonRandom::randbelow(uint64_t bound) {
  ASC_CHECK(bound > 0, "below({})", bound);
  const auto bits = static_cast<int>(std::bit_width(bound));
  uint64_t x = getrandbits(bits);
  while (x >= bound) x = getrandbits(bits);
  return x;
}

double PythonRandom::gauss(double mean, double deviation) {
  if (kept_gauss_) return mean + *std::exchange(kept_gauss_, std::nullopt) * deviation;
  const double angle = random() * (2.0 * std::numbers::pi);
  const double radius = std::sqrt(-2.0 * std::log(1.0 - random()));
  kept_gauss_ = std::sin(angle) * radius;
  return mean + std::cos(angle) * radius * deviation;
}

size_t PythonRandom::choice(std::span<const double> weights) {
  double total = 0;
  for (double weight : weights) total += weight;
  ASC_CHECK(total > 0, "weights sum to {}", total);
  const double x = random() * total;
  double sum = 0;
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    sum += weights[i];
    if (x < sum) return i;
  }
  return weights.size() - 1;
}

}  // namespace ascender
