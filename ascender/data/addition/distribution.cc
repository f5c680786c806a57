#include "ascender/data/addition/distribution.h"

#include <tuple>
#include <utility>

#include "ascender/base/check.h"

namespace ascender {
namespace {

constexpr int kMaxAttempts = 100'000;  // a planted pair is kept more often than once in a hundred

int8_t digit(Random& random) { return static_cast<int8_t>(random.below(10)); }

void draw_uniform(Operands& pair, Random& random) {
  for (size_t i = 0; i < static_cast<size_t>(pair.n); ++i) {
    pair.a[i] = digit(random);
    pair.b[i] = digit(random);
  }
}

void make_propagate(Operands& pair, size_t i) { pair.b[i] = static_cast<int8_t>(9 - pair.a[i]); }

void draw_carry_heavy(Operands& pair, Random& random) {
  const double p = 0.3 + 0.7 * random.uniform();
  draw_uniform(pair, random);
  for (size_t i = 0; i < static_cast<size_t>(pair.n); ++i) {
    if (random.uniform() < p) make_propagate(pair, i);
  }
}

// One of the 45 pairs with a sum of 10 or more, or of the 45 with a sum of 8 or less; all equally likely.
std::pair<int8_t, int8_t> draw_pair(bool generate, Random& random) {
  for (;;) {
    const int8_t a = digit(random);
    const int8_t b = digit(random);
    if (generate ? a + b >= 10 : a + b <= 8) return {a, b};
  }
}

void plant(Operands& pair, int length, bool generate, Random& random) {
  const size_t start = random.below(static_cast<uint64_t>(pair.n - length + 1));
  std::tie(pair.a[start], pair.b[start]) = draw_pair(generate, random);
  for (size_t i = 1; i < static_cast<size_t>(length); ++i) make_propagate(pair, start + i);
}

}  // namespace

Operands draw_operands(const OperandDistribution& distribution, int n, Random& random) {
  ASC_CHECK(n >= 1 && n <= kMaxDigits, "operands of {} digits", n);
  Operands pair;
  pair.n = n;
  if (distribution.kind == OperandKind::kUniform) {
    draw_uniform(pair, random);
    return pair;
  }
  if (distribution.kind == OperandKind::kCarry) {
    draw_carry_heavy(pair, random);
    return pair;
  }
  const int length = distribution.length;
  const bool is_chain = distribution.kind == OperandKind::kChain;
  ASC_CHECK(length >= 1 && length <= n, "a run of {} in {} digits", length, n);
  const bool generate = is_chain || random.uniform() < 0.5;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    draw_uniform(pair, random);
    plant(pair, length, generate, random);
    if ((is_chain ? longest_chain(pair) : dependency(pair)) == length) return pair;
  }
  ASC_CHECK(false, "no pair of {} digits with a run of {}", n, length);
}

}  // namespace ascender
