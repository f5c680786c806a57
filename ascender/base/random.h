// Counter-based random numbers: what is drawn depends on (seed, stream) and (step, position) alone, never on
// what was drawn before or on which thread. Philox 4x32-10, Salmon et al. 2011, "Parallel random numbers: as
// easy as 1, 2, 3", section 4.
#pragma once

#include <array>
#include <cstdint>

namespace ascender {

// Who draws: each use of randomness has a stream of its own, so that adding one never shifts another.
enum class Stream : uint32_t {
  kInit = 1,
  kData = 2,
  kDropout = 3,
  kLoops = 4,
  kCode = 5,
  kSample = 6,
  kEval = 7,
  kTest = 8
};

struct RandomKey {
  uint64_t seed = 0;
  Stream stream = Stream::kTest;
};

// The key that Philox gets: (seed, stream) spread over 64 bits, low word first. For vectorised users.
std::array<uint32_t, 2> philox_key(RandomKey key);

// Four words for counter (step, position) under a key.
std::array<uint32_t, 4> random_words(RandomKey key, uint64_t step, uint64_t position);

// A cursor over positions 0, 1, 2, ... of one step; its whole state is the key and two integers.
class Random {
 public:
  explicit Random(RandomKey key, uint64_t step = 0, uint64_t position = 0)
      : key_(key), step_(step), position_(position) {}
  uint64_t bits();                 // 64 random bits; one position
  double uniform();                // [0, 1), 53 bits
  uint64_t below(uint64_t bound);  // unbiased in [0, bound); REQUIRES: bound > 0
  double normal();                 // N(0, 1) by Box-Muller, one position a draw
  uint64_t position() const { return position_; }

 private:
  RandomKey key_;
  uint64_t step_;
  uint64_t position_;
};

}  // namespace ascender
