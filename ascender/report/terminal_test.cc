#include "ascender/report/terminal.h"

#include <cmath>
#include <gtest/gtest.h>
#include <sstream>

#include "ascender/report/table.h"

namespace ascender {
namespace {

Chart lines() {
  Chart chart{
      .title = "loss", .subtitle = {}, .x = {}, .y = {}, .series = {}, .point_labels = {}, .line_labels = {}};
  chart.x.title = "step";
  for (int which = 0; which < 2; ++which) {
    Series series{.name = which == 0 ? "train.loss" : "eval.loss",
                  .mark = Mark::kLine,
                  .color = which,
                  .x = {},
                  .y = {}};
    for (int i = 0; i <= 100; ++i) {
      series.x.push_back(i);
      series.y.push_back(which == 0 ? 10.0 - 0.1 * i : 5.0);
    }
    chart.series.push_back(series);
  }
  return chart;
}

TEST(TerminalChart, FitsItsWidthWithAndWithoutColour) {
  for (int width : {30, 60, 80, 137}) {
    for (bool color : {false, true}) {
      std::istringstream text(to_terminal(lines(), {width, color}));
      int rows = 0;
      for (std::string line; std::getline(text, line); ++rows) EXPECT_LE(columns_of(line), width) << line;
      EXPECT_EQ(rows, 17);  // title, 14 rows, axis, numbers
    }
  }
  EXPECT_EQ(to_terminal(lines(), {8, false}), "");
}

TEST(TerminalChart, PutsDotsWhereTheValuesAre) {
  Chart chart;
  chart.y.low = 0;
  chart.y.high = 1;
  chart.series.push_back({.name = "", .mark = Mark::kLine, .color = 0, .x = {0, 1}, .y = {0, 1}});
  // The diagonal of 20 by 8 dots.
  EXPECT_EQ(to_terminal(chart, {14, false}, 2),
            "1 ┤⠀⠀⠀⠀⠀⣀⡠⠔⠒⠉\n"
            "0 ┤⣀⠤⠔⠊⠉⠀⠀⠀⠀⠀\n"
            "  └┬────────┬\n"
            "   0        1\n");
}

TEST(TerminalChart, NamesLinesAtTheirEndAndApart) {
  Chart chart = lines();
  chart.series[1].y.assign(101, 0.02);  // ends where the other one does
  const std::string text = to_terminal(chart, {80, false});
  EXPECT_NE(text.find(" train.loss\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" eval.loss\n"), std::string::npos) << text;
}

TEST(TerminalChart, SurvivesGapsAndNothing) {
  Chart chart = lines();
  chart.series[0].y.assign(101, std::nan(""));
  EXPECT_FALSE(to_terminal(chart, {80, false}).empty());
  EXPECT_FALSE(to_terminal(Chart{}, {80, true}).empty());
}

TEST(Table, AlignsColumnsAndCutsAtTheWidth) {
  const std::vector<Column> columns{{"name", Align::kLeft}, {"n", Align::kRight}};
  EXPECT_EQ(to_table(columns, {{"a", "1"}, {"größer", "100"}}, {80, false}),
            "name      n\na         1\ngrößer  100\n");
  EXPECT_EQ(to_table(columns, {{"a name that is long", "1"}}, {10, false}), "name     …\na name th…\n");
}

TEST(Cut, CountsNoEscapes) {
  EXPECT_EQ(columns_of("\033[1mαβ\033[0m"), 2);
  EXPECT_EQ(cut("\033[31mabcdef\033[0m", 4), "\033[31mabc…\033[0m");
  EXPECT_EQ(cut("abc", 3), "abc");
}

}  // namespace
}  // namespace ascender
