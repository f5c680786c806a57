#include "ascender/spec/unit.h"

#include <cmath>
#include <gtest/gtest.h>

#include "ascender/spec/constant.h"
#include "ascender/spec/parse.h"
#include "ascender/spec/vocabulary.h"

namespace ascender::spec {
namespace {

// The quantity that a literal means.
Quantity literal(const std::string& text) {
  const auto source = std::make_shared<const Source>(Source{"t", "x = " + text});
  const StatementsResult result = parse_statements(source);
  EXPECT_TRUE(result.errors.empty()) << render(result.errors);
  return quantity_of(std::get<Number>(std::get<Assign>(result.statements.at(0).node).value->node));
}

TEST(Units, AreExactInTheirBase) {
  EXPECT_EQ(literal("48 GiB").whole, 48LL << 30);
  EXPECT_EQ(literal("1 TB").whole, 1'000'000'000'000);
  EXPECT_EQ(literal("2 kB").whole, 2000);
  EXPECT_EQ(literal("1.5 KiB").value, 1536.0);
  EXPECT_EQ(literal("90 d").whole, 90 * 86400);
  EXPECT_EQ(literal("30 min").whole, 1800);
  EXPECT_EQ(literal("500 ms").value, 0.5);
  EXPECT_EQ(literal("3 ns").value, 3e-9);
  EXPECT_EQ(literal("95 %").value, 0.95);
  EXPECT_EQ(literal("99.9 %").value, 0.999);
  EXPECT_EQ(literal("1 bit").value, std::log(2.0));
  EXPECT_EQ(literal("20_000 steps").whole, 20000);
  EXPECT_EQ(literal("2 TFLOP/s").value, 2e12);
}

TEST(Units, WholeNumbersBeyondDoublesStayExact) {
  EXPECT_EQ(literal("9007199254740993").whole, 9007199254740993);
  EXPECT_EQ(literal("9223372036854775807").whole, INT64_MAX);
  EXPECT_EQ(literal("9223372036854775807 KiB").whole, std::nullopt);
}

TEST(Units, OfCountsDoNotMix) {
  const std::vector<const char*> counts = {"steps", "ex", "tok", "runs", "evals", "gpu"};
  for (const char* a : counts) {
    for (const char* b : counts) {
      const bool same = std::string_view(a) == b;
      EXPECT_EQ(go_together(find_unit(a)->dimension, find_unit(b)->dimension), same) << a << " " << b;
    }
  }
}

TEST(Units, SingularAndPluralAreOne) {
  for (const char* name : {"step", "run", "eval", "gpu"}) {
    EXPECT_EQ(find_unit(name)->dimension, find_unit(std::string(name) + "s")->dimension);
  }
}

TEST(Units, PlainNumbersGoWithAllButScores) {
  for (const std::string& name : unit_names()) {
    EXPECT_EQ(go_together({}, find_unit(name)->dimension), name != "z") << name;
  }
}

TEST(Units, RatesDivideBySeconds) {
  const Dimension rate = find_unit("tok/s")->dimension;
  EXPECT_EQ(multiply(rate, Dimension::of(Base::kSeconds), 1), Dimension::of(Base::kTokens));
  EXPECT_EQ(name_of(rate), "tok/s");
  EXPECT_EQ(name_of(*multiply(rate, rate, 1)), "tok^2/seconds^2");
  EXPECT_EQ(name_of(*multiply(Dimension{}, rate, -1)), "seconds/tok");
  EXPECT_EQ(name_of(Dimension{}), "no unit");
}

TEST(Units, PowersAreBounded) {
  Dimension d = Dimension::of(Base::kBytes);
  for (int i = 0; i < 3; ++i) d = *multiply(d, d, 1);
  EXPECT_EQ(multiply(d, d, 1), std::nullopt);
}

TEST(Units, UnknownOnesAreNotFound) {
  for (const char* name : {"stepz", "Steps", "gib", "", "/s", "KB"})
    EXPECT_EQ(find_unit(name), std::nullopt) << name;
}

TEST(Arithmetic, KeepsWholeNumbersWholeWhereExact) {
  Report report;
  const auto whole = [&](Op op, int64_t a, int64_t b) -> std::optional<int64_t> {
    const auto out = arithmetic(op, make_whole(a), {}, make_whole(b), {}, report);
    return out ? std::get<Quantity>(out->held).whole : std::nullopt;
  };
  EXPECT_EQ(whole(Op::kAdd, 2, 3), 5);
  EXPECT_EQ(whole(Op::kAdd, INT64_MAX, 1), std::nullopt);
  EXPECT_EQ(whole(Op::kMultiply, INT64_MAX, 2), std::nullopt);
  EXPECT_EQ(whole(Op::kDivide, 128, 4), 32);
  EXPECT_EQ(whole(Op::kDivide, 10, 4), std::nullopt);
  EXPECT_EQ(whole(Op::kModulo, 7, 3), 1);
  EXPECT_EQ(whole(Op::kModulo, -7, 3), 2);
  EXPECT_EQ(whole(Op::kModulo, 9223372036854775807, 10), 7);
  EXPECT_EQ(whole(Op::kModulo, INT64_MIN, -1), 0);
  EXPECT_TRUE(report.empty());
  EXPECT_EQ(whole(Op::kDivide, 1, 0), std::nullopt);
  EXPECT_FALSE(report.empty());
}

}  // namespace
}  // namespace ascender::spec
