#include "ascender/report/svg.h"

#include <cmath>
#include <gtest/gtest.h>
#include <regex>

#include "ascender/report/place_labels.h"
#include "ascender/report/roofline.h"

namespace ascender {
namespace {

Chart loss(int points) {
  Chart chart{.title = "loss & <more>",
              .subtitle = "a run",
              .x = {},
              .y = {},
              .series = {},
              .point_labels = {},
              .line_labels = {}};
  chart.x.title = "step";
  chart.y.title = "loss";
  for (int which = 0; which < 2; ++which) {
    Series series{
        .name = which == 0 ? "train" : "eval", .mark = Mark::kLine, .color = which, .x = {}, .y = {}};
    for (int i = 0; i < points; ++i) {
      series.x.push_back(i);
      series.y.push_back(1 + which + std::sin(0.1 * i));
    }
    chart.series.push_back(series);
  }
  return chart;
}

// Every tag is closed, in order; entities are whole.
void expect_well_formed(const std::string& svg) {
  std::vector<std::string> open;
  for (size_t at = svg.find('<'); at != std::string::npos; at = svg.find('<', at + 1)) {
    const size_t end = svg.find('>', at);
    ASSERT_NE(end, std::string::npos);
    const std::string tag = svg.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" />", 1));
    if (tag.starts_with('/')) {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ("/" + open.back(), name);
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(name);
    }
  }
  EXPECT_TRUE(open.empty());
  for (size_t at = svg.find('&'); at != std::string::npos; at = svg.find('&', at + 1)) {
    const std::string entity = svg.substr(at, svg.find(';', at) - at);
    EXPECT_TRUE(entity == "&amp" || entity == "&lt" || entity == "&gt" || entity == "&quot") << entity;
  }
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf\""), std::string::npos);
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Svg, IsWellFormedAndNamesWhatItShows) {
  const std::string svg = to_svg(loss(100));
  expect_well_formed(svg);
  for (const char* text :
       {"loss &amp; &lt;more&gt;", ">train<", ">eval<", ">step<", "prefers-color-scheme:dark"}) {
    EXPECT_NE(svg.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(svg, to_svg(loss(100)));
}

TEST(Svg, BreaksALineWhereAValueIsMissing) {
  Chart chart = loss(100);
  chart.series.resize(1);
  chart.series[0].y[40] = std::nan("");
  chart.series[0].y[70] = INFINITY;
  const std::string svg = to_svg(chart);
  expect_well_formed(svg);
  const size_t path = svg.find("class=\"line s0");
  const size_t begin = svg.rfind("<path d=\"", path);
  EXPECT_EQ(count_of(svg.substr(begin, path - begin), "M"), 3U);
}

TEST(Svg, OfAMillionPointsStaysSmallAndKeepsTheSpike) {
  Chart chart = loss(1'000'000);
  chart.series[0].y[500'000] = 100;
  const std::string svg = to_svg(chart);
  EXPECT_LT(svg.size(), 200'000U);
  const Range y = y_range(chart);
  EXPECT_EQ(y.high, 100);
  EXPECT_NE(svg.find("L" + std::string("378")), std::string::npos);  // the column of the middle
}

TEST(Svg, OfEmptyChartsIsWellFormed) {
  expect_well_formed(to_svg(Chart{}));
  Chart chart = loss(1);
  chart.y.scale = Scale::kLog;
  expect_well_formed(to_svg(chart));
  chart.series[0].y[0] = -1;
  chart.series[1].y[0] = std::nan("");
  expect_well_formed(to_svg(chart));
}

TEST(Roofline, HasItsRoofsAndItsPoints) {
  const Chart chart = roofline_chart("kernels", "a machine", {{"FMA", 286e9, "stream", 42e9}},
                                     {{"matmul", "NN", 60, 240e9},
                                      {"matmul", "NT", 55, 230e9},
                                      {"norm", "RMS", 0.8, 30e9},
                                      {"norm", "not measured", 1, 0}});
  ASSERT_EQ(chart.series.size(), 3U);
  const Series& roof = chart.series[0];
  ASSERT_EQ(roof.x.size(), 3U);
  EXPECT_DOUBLE_EQ(roof.x[1], 286.0 / 42);  // the ridge
  EXPECT_DOUBLE_EQ(roof.y[1], 286);
  EXPECT_DOUBLE_EQ(roof.y[0], roof.x[0] * 42);
  EXPECT_EQ(chart.series[1].x.size(), 2U);
  EXPECT_EQ(chart.point_labels.size(), 3U);
  const std::string svg = to_svg(chart);
  expect_well_formed(svg);
  EXPECT_EQ(count_of(svg, "r=\"4.5\" stroke-width"), 3U);
  EXPECT_NE(svg.find("stream 42 GB/s"), std::string::npos);
  expect_well_formed(to_svg(roofline_chart("nothing", "", {}, {})));
}

TEST(PlaceLabels, NeverOverlapWhereThereIsRoom) {
  LabelScene scene{.inside = {0, 0, 700, 400}, .points = {}, .lines = {}, .texts = {{300, 100, 420, 114}}};
  std::vector<LabelRequest> wanted;
  for (int i = 0; i < 12; ++i) {
    const double x = 300 + 14 * (i % 4);
    const double y = 180 + 11 * (i / 4.0);
    scene.points.push_back({x, y});
    wanted.push_back({x, y, 70, 12});
  }
  const std::vector<LabelPlace> places = place_labels(scene, wanted);
  ASSERT_EQ(places.size(), wanted.size());
  for (size_t i = 0; i < places.size(); ++i) {
    EXPECT_GE(places[i].x, 0);
    EXPECT_LE(places[i].x + 70, 700);
    for (size_t j = 0; j < i; ++j) {
      const bool apart =
          std::abs(places[i].x - places[j].x) >= 70 || std::abs(places[i].y - places[j].y) >= 12;
      EXPECT_TRUE(apart) << i << " " << j;
    }
  }
}

}  // namespace
}  // namespace ascender
