#include "ascender/report/roofline.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>

namespace ascender {
namespace {

constexpr double kGiga = 1e9;

void add_roof(Chart& chart, const Ceiling& roof, bool is_highest) {
  const double peak = roof.flops_per_s / kGiga;
  const double bandwidth = roof.bytes_per_s / kGiga;
  const double low = std::max(*chart.x.low, *chart.y.low / bandwidth);
  const double ridge = peak / bandwidth;
  const double high = *chart.x.high;
  chart.series.push_back({.name = "",
                          .mark = Mark::kLine,
                          .color = kNeutral,
                          .x = {low, ridge, high},
                          .y = {low * bandwidth, peak, peak}});
  chart.line_labels.push_back({.x = low,
                               .y = low * bandwidth,
                               .to_x = ridge,
                               .to_y = peak,
                               .text = fmt::format("{} {} GB/s", roof.memory, short_number(bandwidth)),
                               .at_end = !is_highest,
                               .below = !is_highest});
  chart.line_labels.push_back({.x = ridge,
                               .y = peak,
                               .to_x = high,
                               .to_y = peak,
                               .text = fmt::format("{} {} GFLOP/s", roof.compute, short_number(peak)),
                               .at_end = true,
                               .below = false});
}

bool can_be_shown(const RooflinePoint& point) {
  return point.flops_per_byte > 0 && point.flops_per_s > 0 &&
         std::isfinite(point.flops_per_byte + point.flops_per_s);
}

void add_point(Chart& chart, const RooflinePoint& point) {
  const auto is_group = [&](const Series& s) { return s.mark == Mark::kPoints && s.name == point.group; };
  auto series = std::find_if(chart.series.begin(), chart.series.end(), is_group);
  if (series == chart.series.end()) {
    const auto color = static_cast<int>(std::count_if(
        chart.series.begin(), chart.series.end(), [](const Series& s) { return s.mark == Mark::kPoints; }));
    chart.series.push_back({.name = point.group, .mark = Mark::kPoints, .color = color, .x = {}, .y = {}});
    series = chart.series.end() - 1;
  }
  const double gigaflops = point.flops_per_s / kGiga;
  series->x.push_back(point.flops_per_byte);
  series->y.push_back(gigaflops);
  chart.point_labels.push_back({point.flops_per_byte, gigaflops, point.name});
}

}  // namespace

Chart roofline_chart(const std::string& title, const std::string& subtitle, const std::vector<Ceiling>& roofs,
                     const std::vector<RooflinePoint>& points) {
  Range x{1e300, 0};
  Range y{1e300, 0};
  const auto widen = [](Range& range, double value) {
    range = {std::min(range.low, value), std::max(range.high, value)};
  };
  for (const Ceiling& roof : roofs) {
    widen(x, roof.flops_per_s / roof.bytes_per_s);
    widen(y, roof.flops_per_s / kGiga);
  }
  for (const RooflinePoint& point : points) {
    if (!can_be_shown(point)) continue;
    widen(x, point.flops_per_byte);
    widen(y, point.flops_per_s / kGiga);
  }
  if (x.high == 0) x = y = {1, 10};
  Chart chart{.title = title,
              .subtitle = subtitle,
              .x = {},
              .y = {},
              .series = {},
              .point_labels = {},
              .line_labels = {}};
  chart.x = {"arithmetic intensity, FLOP/byte", Scale::kLog, x.low * 0.5, x.high * 4};
  chart.y = {"GFLOP/s", Scale::kLog, y.low * 0.5, y.high * 1.8};
  double highest = 0;
  for (const Ceiling& roof : roofs) highest = std::max(highest, roof.flops_per_s);
  for (const Ceiling& roof : roofs) add_roof(chart, roof, roof.flops_per_s == highest);
  for (const RooflinePoint& point : points) {
    if (can_be_shown(point)) add_point(chart, point);
  }
  return chart;
}

}  // namespace ascender
