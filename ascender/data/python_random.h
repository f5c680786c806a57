// CPython's `random` module, draw for draw: so that a program written in Python, such as microgpt.py, can be
// repeated with its own numbers. MT19937 (Matsumoto and Nishimura 1998) as Modules/_randommodule.c seeds it,
// and the methods of Lib/random.py (CPython 3.2 and newer). For parity only: everything else draws
// counter-based (base/random.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace ascender {

class PythonRandom {
 public:
  explicit PythonRandom(uint64_t seed);  // random.seed(seed), for an int that is not negative

  double random();                              // [0, 1), 53 bits
  uint64_t getrandbits(int count);              // REQUIRES: 1 <= count <= 64
  uint64_t randbelow(uint64_t bound);           // random.randrange(bound); REQUIRES: bound > 0
  double gauss(double mean, double deviation);  // draws two at a time and keeps the second
  // The index that random.choices(range(n), weights)[0] picks. REQUIRES: a positive sum.
  size_t choice(std::span<const double> weights);

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i-- > 1;) std::swap(items[i], items[randbelow(i + 1)]);
  }

 private:
  static constexpr size_t kWords = 624;
  void init(uint32_t seed);
  uint32_t next();
  void refill();

  std::array<uint32_t, kWords> state_{};
  size_t at_ = kWords;
  std::optional<double> kept_gauss_;
};

}  // namespace ascender
