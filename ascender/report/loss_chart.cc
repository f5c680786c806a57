#include <algorithm>
#include <cmath>
#include <fmt/core.h>

#include "ascender/report/run_row.h"
#include "ascender/report/runs.h"

namespace ascender {
namespace {

constexpr size_t kSmoothedFrom = 100;       // points
constexpr double kPointsPerHalfLife = 150;  // a curve's points to one half-life of its average
constexpr double kLogFrom = 30;             // largest to smallest loss
constexpr int kMostCurves = 6;

Series series_of(const TraceReader& trace, const TraceMetric& metric, int color) {
  Series series{.name = flat_name(metric), .mark = Mark::kLine, .color = color, .x = {}, .y = {}};
  for (const TracePoint& point : trace.curve(metric.name, metric.labels)) {
    series.x.push_back(static_cast<double>(point.step));
    series.y.push_back(point.value);
  }
  return series;
}

void add(Chart& chart, Series series) {
  if (series.y.size() >= kSmoothedFrom) {
    Series raw = series;
    raw.name.clear();
    raw.mark = Mark::kFaintLine;
    chart.series.push_back(std::move(raw));
    series.y = smoothed(series.y, std::max(1.0, static_cast<double>(series.y.size()) / kPointsPerHalfLife));
  }
  chart.series.push_back(std::move(series));
}

bool spans_magnitudes(const Chart& chart) {
  double low = INFINITY;
  double high = 0;
  for (const Series& series : chart.series) {
    for (double y : series.y) {
      if (!std::isfinite(y)) continue;
      if (y <= 0) return false;
      low = std::min(low, y);
      high = std::max(high, y);
    }
  }
  return high > kLogFrom * low;
}

}  // namespace

Chart loss_chart(const TraceReader& trace, const std::string& title) {
  Chart chart{
      .title = title, .subtitle = {}, .x = {}, .y = {}, .series = {}, .point_labels = {}, .line_labels = {}};
  chart.x.title = "step";
  chart.y.title = "loss, nats";
  std::vector<TraceMetric> losses;
  for (const TraceMetric& metric : trace.metrics()) {
    if (metric.name == "loss" || metric.name.ends_with(".loss")) losses.push_back(metric);
  }
  std::stable_sort(losses.begin(), losses.end(), [](const TraceMetric& a, const TraceMetric& b) {
    return (a.name == "train.loss") > (b.name == "train.loss");
  });
  int color = 0;
  for (const TraceMetric& metric : losses) {
    Series series = series_of(trace, metric, color);
    if (series.x.empty() || color == kMostCurves) continue;
    add(chart, std::move(series));
    ++color;
  }
  if (spans_magnitudes(chart)) chart.y.scale = Scale::kLog;
  return chart;
}

}  // namespace ascender
