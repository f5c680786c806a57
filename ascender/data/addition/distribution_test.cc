#include "ascender/data/addition/distribution.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>

#include "ascender/data/task.h"

namespace ascender {
namespace {

Operands draw(OperandDistribution distribution, int n, uint64_t seed, int64_t row) {
  Random random = row_random({seed, Stream::kTest}, 0, row);
  return draw_operands(distribution, n, random);
}

TEST(Distribution, ChainsHaveExactlyTheLengthAskedForAtEveryLength) {
  for (int n : {1, 2, 5, 12, 28}) {
    for (int length = 1; length <= n; ++length) {
      for (int row = 0; row < 40; ++row) {
        ASSERT_EQ(longest_chain(draw({OperandKind::kChain, length}, n, 1, row)), length);
      }
    }
  }
}

TEST(Distribution, DependenciesHaveExactlyTheLengthAskedForAtEveryLength) {
  for (int n : {1, 2, 5, 12, 28}) {
    for (int length = 1; length <= n; ++length) {
      for (int row = 0; row < 40; ++row) {
        ASSERT_EQ(dependency(draw({OperandKind::kDependency, length}, n, 2, row)), length);
      }
    }
  }
}

TEST(Distribution, TheLongestDependencyIsCarriedHalfOfTheTime) {
  int carried = 0;
  const int rows = 4000;
  for (int row = 0; row < rows; ++row) {
    const Operands pair = draw({OperandKind::kDependency, 12}, 12, 3, row);
    carried += carry_at(pair, 0) == Carry::kGenerate;
    ASSERT_NE(carry_at(pair, 0), Carry::kPropagate);
  }
  EXPECT_NEAR(carried, rows / 2, 4 * std::sqrt(rows / 4.0));  // four standard deviations of a fair coin
}

TEST(Distribution, UniformDigitsAreUniform) {
  std::array<double, 10> counts{};
  const int rows = 5000;
  for (int row = 0; row < rows; ++row) {
    const Operands pair = draw({}, 4, 4, row);
    for (int i = 0; i < 4; ++i) {
      ++counts[pair.a[i]];
      ++counts[pair.b[i]];
    }
  }
  const double expected = rows * 8 / 10.0;
  double chi_square = 0;
  for (double count : counts) chi_square += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi_square, 27.88);  // 9 degrees of freedom, p = .001
}

// A pair of a carry-heavy row propagates with probability E[p] + (1 - E[p]) / 10 = .65 + .035.
TEST(Distribution, CarryHeavyRowsPropagateAsOftenAsTheirMixtureSays) {
  const int rows = 5000;
  int propagates = 0;
  int generates = 0;
  for (int row = 0; row < rows; ++row) {
    const Operands pair = draw({OperandKind::kCarry, 0}, 12, 5, row);
    for (int i = 0; i < 12; ++i) {
      propagates += carry_at(pair, i) == Carry::kPropagate;
      generates += carry_at(pair, i) == Carry::kGenerate;
    }
  }
  // The standard deviation of a row's share is at most that of p (.7 / sqrt(12)) plus the binomial one (.14).
  const double error = 4 * (0.7 / std::sqrt(12.0) + 0.14) / std::sqrt(rows);
  EXPECT_NEAR(propagates / (12.0 * rows), 0.685, error);
  EXPECT_NEAR(generates / (12.0 * rows), 0.1575, error);
}

}  // namespace
}  // namespace ascender
