#include "ascender/report/chart.h"

#include <cmath>
#include <gtest/gtest.h>

namespace ascender {
namespace {

std::vector<std::string> texts(Range range, Scale scale, int count) {
  std::vector<std::string> out;
  for (const Tick& tick : ticks_of(range, scale, count)) out.push_back(tick.text);
  return out;
}

using Texts = std::vector<std::string>;

TEST(Ticks, AreNiceNumbers) {
  EXPECT_EQ(texts({0, 1}, Scale::kLinear, 5), (Texts{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(texts({1.62, 4.17}, Scale::kLinear, 5), (Texts{"2", "3", "4"}));
  EXPECT_EQ(texts({0, 30'000}, Scale::kLinear, 6), (Texts{"0", "5000", "10k", "15k", "20k", "25k", "30k"}));
  EXPECT_EQ(texts({0, 2.5e6}, Scale::kLinear, 5), (Texts{"0", "500k", "1M", "1.5M", "2M", "2.5M"}));
  EXPECT_EQ(texts({-1, 1}, Scale::kLinear, 4), (Texts{"-1.0", "-0.5", "0", "0.5", "1.0"}));
  EXPECT_EQ(texts({0.001, 0.004}, Scale::kLinear, 3), (Texts{"0.001", "0.002", "0.003", "0.004"}));
}

TEST(Ticks, OnALogarithmicAxisArePowersAndTheirDoublesWhereTheyAreFew) {
  EXPECT_EQ(texts({1e-6, 10}, Scale::kLog, 8),
            (Texts{"1e-06", "1e-05", "0.0001", "0.001", "0.01", "0.1", "1", "10"}));
  EXPECT_EQ(texts({1, 100}, Scale::kLog, 8), (Texts{"1", "2", "5", "10", "20", "50", "100"}));
}

TEST(Ticks, StayInsideAnyRange) {
  for (double low : {-1e9, -3.7, 0.0, 1e-8, 12345.678}) {
    for (double span : {1e-6, 0.3, 7.0, 1e3, 1e12}) {
      const Range range{low, low + span};
      for (int count : {1, 4, 9}) {
        const std::vector<Tick> ticks = ticks_of(range, Scale::kLinear, count);
        EXPECT_LE(ticks.size(), static_cast<size_t>(2.6 * count + 2)) << low << " " << span;
        for (const Tick& tick : ticks) {
          EXPECT_GE(tick.at, range.low - 1e-6 * span);
          EXPECT_LE(tick.at, range.high + 1e-6 * span);
        }
      }
    }
  }
}

TEST(Range, IsNeverEmptyWhateverTheData) {
  const double nan = std::nan("");
  const std::vector<double> bad{nan, INFINITY, -1};
  const std::vector<double> one{3};
  const std::vector<double> none;
  for (Scale scale : {Scale::kLinear, Scale::kLog}) {
    for (const auto* values : {&bad, &one, &none}) {
      const Range range = range_of({.title = "", .scale = scale, .low = {}, .high = {}}, {values});
      EXPECT_LT(range.low, range.high);
      EXPECT_TRUE(scale == Scale::kLinear || range.low > 0);
    }
  }
}

TEST(Fraction, IsAGapForWhatCannotBeShown) {
  EXPECT_DOUBLE_EQ(fraction(5, {0, 10}, Scale::kLinear), 0.5);
  EXPECT_DOUBLE_EQ(fraction(10, {1, 100}, Scale::kLog), 0.5);
  EXPECT_TRUE(std::isnan(fraction(0, {1, 100}, Scale::kLog)));
  EXPECT_TRUE(std::isnan(fraction(std::nan(""), {0, 1}, Scale::kLinear)));
}

TEST(Smoothed, KeepsAConstantAndDoesNotLag) {
  std::vector<double> constant(50, 2.5);
  constant[7] = std::nan("");
  const std::vector<double> same = smoothed(constant, 4);
  EXPECT_TRUE(std::isnan(same[7]));
  for (size_t i = 0; i < same.size(); ++i) {
    EXPECT_TRUE(i == 7 || std::fabs(same[i] - 2.5) < 1e-14) << i;
  }
  std::vector<double> line(101);
  for (size_t i = 0; i < line.size(); ++i) line[i] = static_cast<double>(i);
  EXPECT_NEAR(smoothed(line, 5)[50], 50, 1e-3);
}

TEST(ShortNumber, IsForPeople) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(0.12345), "0.1235");
  EXPECT_EQ(short_number(286.4), "286.4");
  EXPECT_EQ(short_number(134'000), "134k");
  EXPECT_EQ(short_number(3.0123e12), "3.012T");
  EXPECT_EQ(short_number(2.5e-7), "2.5e-07");
  EXPECT_EQ(short_number(std::nan("")), "nan");
}

}  // namespace
}  // namespace ascender
