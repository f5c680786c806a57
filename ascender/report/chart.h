// A chart as data: series over two axes, drawn by svg.h and terminal.h. Values that are not finite, or not
// positive on a logarithmic axis, are gaps.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ascender {

enum class Scale { kLinear, kLog };
enum class Mark { kLine, kFaintLine, kDashedLine, kPoints };

struct Series {
  std::string name;  // in the legend; empty: not there
  Mark mark = Mark::kLine;
  int color = 0;  // of the palette, in its order; kNeutral for roofs and other frames
  std::vector<double> x, y;
};
inline constexpr int kNeutral = -1;

struct Axis {
  std::string title;
  Scale scale = Scale::kLinear;
  std::optional<double> low, high;  // else from the data
};

// Text beside a point, moved to where it hides nothing.
struct PointLabel {
  double x = 0, y = 0;
  std::string text;
};

// Text along the line from (x, y) to (to_x, to_y), above or below it, at its beginning or its end.
struct LineLabel {
  double x = 0, y = 0, to_x = 0, to_y = 0;
  std::string text;
  bool at_end = false;
  bool below = false;
};

struct Chart {
  std::string title;
  std::string subtitle;
  Axis x, y;
  std::vector<Series> series;
  std::vector<PointLabel> point_labels;
  std::vector<LineLabel> line_labels;
};

struct Range {
  double low = 0, high = 1;
};

// What an axis shows: given ends, or those of the data, widened so that the range is not empty and, on a
// linear axis without given ends, so that it ends at nice numbers.
Range range_of(const Axis& axis, const std::vector<const std::vector<double>*>& values);
Range x_range(const Chart& chart);
Range y_range(const Chart& chart);

struct Tick {
  double at = 0;
  std::string text;  // may be empty on a logarithmic axis: a line without a number
};

// Ticks at 1, 2 or 5 times a power of ten, about `count` of them; powers of ten and, where few, 2 and 5 times
// them on a logarithmic axis. Texts are as short as they can be told apart: 0.25, 20k, 3M, 1e-6.
std::vector<Tick> ticks_of(Range range, Scale scale, int count);

// Position in [0, 1] of a value in a range; below 0 or above 1 outside, NaN for a gap.
double fraction(double value, Range range, Scale scale);

// A number for people: four significant digits, 12.3k, 4.56M, 7.8e-05, nan.
std::string short_number(double value);

// The mean of an exponential moving average from the left and one from the right, so that it lags nowhere;
// weights halve in `half_life` points. What is not finite stays and counts for nothing.
std::vector<double> smoothed(const std::vector<double>& values, double half_life);

}  // namespace ascender
