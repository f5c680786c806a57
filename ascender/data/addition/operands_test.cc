#include "ascender/data/addition/operands.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

Operands from(int n, int64_t a, int64_t b) {
  Operands pair;
  pair.n = n;
  for (int i = 0; i < n; ++i, a /= 10, b /= 10) {
    pair.a[i] = static_cast<int8_t>(a % 10);
    pair.b[i] = static_cast<int8_t>(b % 10);
  }
  return pair;
}

int64_t power_of_ten(int n) { return n == 0 ? 1 : 10 * power_of_ten(n - 1); }

// A chain as the page says it, tried outright: is there a start that generates with L - 1 propagates above
// it?
int chain_by_definition(const std::vector<int>& sums) {
  const int n = static_cast<int>(sums.size());
  for (int length = n; length >= 1; --length) {
    for (int start = 0; start + length <= n; ++start) {
      bool all = sums[start] >= 10;
      for (int i = start + 1; i < start + length; ++i) all = all && sums[i] == 9;
      if (all) return length;
    }
  }
  return 0;
}

// How far below an answer digit one must look: change what lies lower than d positions below it in every way;
// the digit is settled by d positions when none of these changes it. The dependency is the largest d needed.
int dependency_by_trying(int n, int64_t a, int64_t b) {
  int needed = 0;
  for (int i = 1; i <= n; ++i) {
    for (int d = 0;; ++d) {
      const int64_t low = power_of_ten(std::max(0, i - d));
      // The digits [i - d, i) of both operands, with everything below them all zero and then all nine.
      const int64_t top = power_of_ten(i);
      const auto carry = [&](int64_t x, int64_t y) { return (x + y) / top; };
      const int64_t high_a = a % top / low * low;
      const int64_t high_b = b % top / low * low;
      const bool beyond = i - d < 0;  // nothing is left to look at
      if (beyond || carry(high_a, high_b) == carry(high_a + low - 1, high_b + low - 1)) {
        // Reaching the edge settles it at once by "nothing comes in", which counts as the position below 0.
        const bool only_edge = d > 0 && i - d == 0 && high_a / low + high_b / low == top - 1;
        needed = std::max(needed, only_edge ? d + 1 : std::max(1, d));
        break;
      }
    }
  }
  return needed;
}

TEST(Operands, SumsAgreeWithIntegersForEveryPairOfThreeDigits) {
  for (int64_t a = 0; a < 1000; ++a) {
    for (int64_t b = 0; b < 1000; ++b) {
      const auto sum = add(from(3, a, b));
      ASSERT_EQ(sum[0] + 10 * sum[1] + 100 * sum[2] + 1000 * sum[3], a + b);
    }
  }
}

TEST(Operands, LongestChainAgreesWithItsDefinitionForEveryPairOfThreeDigits) {
  for (int64_t a = 0; a < 1000; ++a) {
    for (int64_t b = 0; b < 1000; ++b) {
      const Operands pair = from(3, a, b);
      const std::vector<int> sums = {pair.a[0] + pair.b[0], pair.a[1] + pair.b[1], pair.a[2] + pair.b[2]};
      ASSERT_EQ(longest_chain(pair), chain_by_definition(sums)) << a << "+" << b;
    }
  }
}

TEST(Operands, DependencyIsHowFarADigitMustLookForEveryPairOfThreeDigits) {
  for (int64_t a = 0; a < 1000; ++a) {
    for (int64_t b = 0; b < 1000; ++b) {
      ASSERT_EQ(dependency(from(3, a, b)), dependency_by_trying(3, a, b)) << a << "+" << b;
    }
  }
}

TEST(Operands, NamedPairsHaveTheChainsAndDependenciesOneReadsOffThem) {
  EXPECT_EQ(longest_chain(from(6, 999999, 1)), 6);
  EXPECT_EQ(dependency(from(6, 999999, 1)), 6);
  EXPECT_EQ(longest_chain(from(6, 999999, 0)), 0);
  EXPECT_EQ(dependency(from(6, 999999, 0)), 7);  // only the edge decides
  EXPECT_EQ(longest_chain(from(4, 5555, 5555)), 1);
  EXPECT_EQ(dependency(from(4, 1111, 1111)), 1);
  EXPECT_EQ(dependency(from(6, 123450, 876540)), 6);  // a kill, five propagates above it
}

TEST(Operands, QuestionsAreReadWithSpacesAndUnequalLengths) {
  const Operands pair = parse_operands(" 123456789012 + 98 ");
  EXPECT_EQ(pair.n, 12);
  EXPECT_EQ(decimal(pair.a.data(), 12), "123456789012");
  EXPECT_EQ(decimal(pair.b.data(), 12), "98");
  EXPECT_EQ(decimal(add(pair).data(), 13), "123456789110");
  EXPECT_EQ(parse_operands(std::string(29, '9') + "+1").n, 29);
}

std::string fault(const std::string& question) {
  try {
    parse_operands(question);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Operands, FaultsInAQuestionAreNamedWithACaret) {
  EXPECT_NE(fault(std::string(30, '1') + "+1").find("30 digits: an operand has at most 29"),
            std::string::npos);
  EXPECT_NE(fault("12x+1").find("`x` is not a digit or `+`"), std::string::npos);
  EXPECT_NE(fault("12+3=").find("`=` is not a digit"), std::string::npos);
  EXPECT_NE(fault("12-3").find("`-` is not a digit"), std::string::npos);
  EXPECT_NE(fault("1é+2").find("`é` is not a digit"), std::string::npos);
  EXPECT_NE(fault("12").find("`+` is missing"), std::string::npos);
  EXPECT_NE(fault("+3").find("the number before the plus is missing"), std::string::npos);
  EXPECT_NE(fault("3+ ").find("the number after the plus is missing"), std::string::npos);
  EXPECT_NE(fault("1+2+3").find("`+`"), std::string::npos);
  EXPECT_NE(fault("").find("missing"), std::string::npos);
  EXPECT_NE(fault("12x+1").find("<question>:1:3"), std::string::npos);
  EXPECT_NE(fault("12x+1").find("^"), std::string::npos);
}

}  // namespace
}  // namespace ascender
