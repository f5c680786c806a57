#include "ascender/report/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>
#include <limits>

namespace ascender {
namespace {

bool is_shown(double value, Scale scale) {
  return std::isfinite(value) && (scale == Scale::kLinear || value > 0);
}

// The step among 1, 2, 5 times a power of ten that gives about `count` ticks.
double nice_step(double span, int count) {
  const double raw = span / std::max(count, 1);
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power * 1.0001) return factor * power;
  }
  return 10 * power;
}

std::string trimmed(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

// A tick's number, told apart from neighbours `step` away.
std::string tick_text(double value, double step) {
  if (value == 0 || std::fabs(value) < step * 1e-6) return "0";
  const double size = std::fabs(value);
  if (size >= 1e15 || step < 1e-5) return fmt::format("{:.3g}", value);
  struct Unit {
    double size;
    const char* text;
  };
  constexpr std::array<Unit, 4> kUnits{{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  for (const Unit& unit : kUnits) {
    if (size < unit.size * (unit.size == 1e3 ? 10 : 1)) continue;
    return trimmed(fmt::format("{:.3f}", value / unit.size)) + unit.text;
  }
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
  return fmt::format("{:.{}f}", value, decimals);
}

std::string power_text(double value) {
  if (value < 1e-4 || value >= 1e15) return fmt::format("{:.0e}", value);
  return tick_text(value, value);
}

std::vector<Tick> linear_ticks(Range range, int count) {
  std::vector<Tick> ticks;
  const double step = nice_step(range.high - range.low, count);
  const double slack = step * 1e-9;
  for (double i = std::ceil((range.low - slack) / step); i * step <= range.high + slack; ++i) {
    ticks.push_back({i * step, tick_text(i * step, step)});
  }
  return ticks;
}

std::vector<Tick> log_ticks(Range range, int count) {
  const int first = static_cast<int>(std::floor(std::log10(range.low) + 1e-9));
  const int last = static_cast<int>(std::ceil(std::log10(range.high) - 1e-9));
  const bool is_narrow = last - first <= 3;
  const int every = std::max(1, (last - first) / std::max(count, 1));
  std::vector<Tick> ticks;
  for (int power = first; power <= last; ++power) {
    for (double factor : {1.0, 2.0, 5.0}) {
      const double at = factor * std::pow(10, power);
      if (at < range.low * (1 - 1e-9) || at > range.high * (1 + 1e-9)) continue;
      const bool has_text = factor == 1 ? (power - first) % every == 0 : is_narrow;
      if (factor == 1 || is_narrow) ticks.push_back({at, has_text ? power_text(at) : ""});
    }
  }
  return ticks;
}

}  // namespace

Range range_of(const Axis& axis, const std::vector<const std::vector<double>*>& values) {
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const std::vector<double>* list : values) {
    for (double value : *list) {
      if (!is_shown(value, axis.scale)) continue;
      range.low = std::min(range.low, value);
      range.high = std::max(range.high, value);
    }
  }
  if (range.low > range.high) range = axis.scale == Scale::kLog ? Range{1, 10} : Range{0, 1};
  if (axis.low) range.low = *axis.low;
  if (axis.high) range.high = *axis.high;
  if (range.low == range.high) {
    const double margin = axis.scale == Scale::kLog ? range.high : std::max(1.0, std::fabs(range.high)) * 0.5;
    range.high += margin;
    if (axis.scale == Scale::kLinear) range.low -= margin;
  }
  if (axis.scale == Scale::kLog) return range;
  const double step = nice_step(range.high - range.low, 5);
  if (!axis.low) range.low = std::floor(range.low / step + 1e-9) * step;
  if (!axis.high) range.high = std::ceil(range.high / step - 1e-9) * step;
  return range;
}

Range x_range(const Chart& chart) {
  std::vector<const std::vector<double>*> values;
  for (const Series& series : chart.series) values.push_back(&series.x);
  return range_of(chart.x, values);
}

Range y_range(const Chart& chart) {
  std::vector<const std::vector<double>*> values;
  for (const Series& series : chart.series) values.push_back(&series.y);
  return range_of(chart.y, values);
}

std::vector<Tick> ticks_of(Range range, Scale scale, int count) {
  return scale == Scale::kLog ? log_ticks(range, count) : linear_ticks(range, count);
}

double fraction(double value, Range range, Scale scale) {
  if (!is_shown(value, scale)) return std::numeric_limits<double>::quiet_NaN();
  if (scale == Scale::kLinear) return (value - range.low) / (range.high - range.low);
  return std::log(value / range.low) / std::log(range.high / range.low);
}

std::string short_number(double value) {
  const double size = std::fabs(value);
  if (!std::isfinite(value) || value == 0 || size < 1e-4 || size >= 1e15) return fmt::format("{:.3g}", value);
  if (size >= 1e12) return fmt::format("{:.4g}T", value / 1e12);
  if (size >= 1e9) return fmt::format("{:.4g}G", value / 1e9);
  if (size >= 1e6) return fmt::format("{:.4g}M", value / 1e6);
  if (size >= 1e4) return fmt::format("{:.4g}k", value / 1e3);
  return fmt::format("{:.4g}", value);
}

std::vector<double> smoothed(const std::vector<double>& values, double half_life) {
  const double decay = std::pow(0.5, 1 / half_life);
  std::vector<double> sums(values.size(), 0);
  std::vector<double> weights(values.size(), 0);
  const auto sweep = [&](auto begin, auto end, auto index_of) {
    double sum = 0;
    double weight = 0;
    for (auto value = begin; value != end; ++value) {
      sum *= decay;
      weight *= decay;
      if (std::isfinite(*value)) {
        sum += *value;
        weight += 1;
      }
      sums[index_of(value)] += sum;
      weights[index_of(value)] += weight;
    }
  };
  sweep(values.begin(), values.end(), [&](auto it) { return static_cast<size_t>(it - values.begin()); });
  sweep(values.rbegin(), values.rend(), [&](auto it) { return static_cast<size_t>(values.rend() - it - 1); });
  std::vector<double> out(values);
  for (size_t i = 0; i < out.size(); ++i) {
    if (std::isfinite(out[i])) out[i] = sums[i] / weights[i];
  }
  return out;
}

}  // namespace ascender
