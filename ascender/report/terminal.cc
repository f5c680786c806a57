#include "ascender/report/terminal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fmt/core.h>

namespace ascender {
namespace {

constexpr std::array kAnsi{"\033[34m", "\033[33m", "\033[32m", "\033[35m", "\033[36m", "\033[31m"};
constexpr const char* kReset = "\033[0m";
constexpr const char* kDim = "\033[2m";
constexpr size_t kMostNameColumns = 22;

// Cells of 2 x 4 dots; a cell has the colour of the line that was drawn last.
class Canvas {
 public:
  Canvas(int columns, int rows)
      : columns_(columns),
        rows_(rows),
        dots_(static_cast<size_t>(columns * rows)),
        colors_(dots_.size(), -1) {}

  int dot_columns() const { return columns_ * 2; }
  int dot_rows() const { return rows_ * 4; }

  void set(int x, int y, int color) {
    if (x < 0 || y < 0 || x >= dot_columns() || y >= dot_rows()) return;
    constexpr std::array<std::array<uint8_t, 2>, 4> kBits{
        {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
    const auto cell = static_cast<size_t>((y / 4) * columns_ + x / 2);
    dots_[cell] =
        static_cast<uint8_t>(dots_[cell] | kBits[static_cast<size_t>(y % 4)][static_cast<size_t>(x % 2)]);
    colors_[cell] = color;
  }

  void line(int x, int y, int to_x, int to_y, int color) {
    const int steps = std::max({std::abs(to_x - x), std::abs(to_y - y), 1});
    for (int i = 0; i <= steps; ++i) {
      const double part = static_cast<double>(i) / steps;
      set(static_cast<int>(std::lround(x + part * (to_x - x))),
          static_cast<int>(std::lround(y + part * (to_y - y))), color);
    }
  }

  std::string row(int row, bool color) const {
    std::string out;
    int current = -1;
    for (int column = 0; column < columns_; ++column) {
      const auto cell = static_cast<size_t>(row * columns_ + column);
      if (color && colors_[cell] != current && dots_[cell] != 0) {
        if (current >= 0) out += kReset;
        current = colors_[cell];
        if (current >= 0) out += kAnsi[static_cast<size_t>(current) % kAnsi.size()];
      }
      const unsigned code = 0x2800U + dots_[cell];  // as UTF-8
      out += static_cast<char>(0xE0 | (code >> 12));
      out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
    return current >= 0 ? out + kReset : out;
  }

 private:
  int columns_, rows_;
  std::vector<uint8_t> dots_;
  std::vector<int> colors_;
};

struct Frame {
  Range x, y;
  int label_columns = 0;  // of the numbers on the left
  int name_columns = 0;   // of the names on the right
  std::vector<Tick> ticks;
};

std::string shortened(const std::string& name) {
  if (columns_of(name) <= static_cast<int>(kMostNameColumns)) return name;
  std::string out;
  size_t columns = 0;
  for (char c : name) {
    if ((c & 0xC0) != 0x80 && ++columns >= kMostNameColumns) break;
    out += c;
  }
  return out + "…";
}

void draw(Canvas& canvas, const Chart& chart, const Series& series, const Frame& frame) {
  bool has_last = false;
  int last_x = 0;
  int last_y = 0;
  for (size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
    const double fx = fraction(series.x[i], frame.x, chart.x.scale);
    const double fy = fraction(series.y[i], frame.y, chart.y.scale);
    if (std::isnan(fx) || std::isnan(fy) || fx < 0 || fx > 1) {
      has_last = false;
      continue;
    }
    const int x = static_cast<int>(std::lround(fx * (canvas.dot_columns() - 1)));
    const int y = static_cast<int>(std::lround((1 - std::clamp(fy, 0.0, 1.0)) * (canvas.dot_rows() - 1)));
    canvas.line(has_last ? last_x : x, has_last ? last_y : y, x, y, series.color);
    has_last = true;
    last_x = x;
    last_y = y;
  }
}

// Names at the height where their line ends, moved apart where two would share a row.
std::vector<std::pair<std::string, int>> names_by_row(const Chart& chart, const Frame& frame, int rows) {
  std::vector<std::pair<std::string, int>> names(static_cast<size_t>(rows), {"", -1});
  for (const Series& series : chart.series) {
    double end = std::nan("");
    for (double y : series.y) end = std::isnan(fraction(y, frame.y, chart.y.scale)) ? end : y;
    if (series.name.empty() || std::isnan(end)) continue;
    const double part = 1 - std::clamp(fraction(end, frame.y, chart.y.scale), 0.0, 1.0);
    const int wanted = static_cast<int>(std::lround(part * (rows - 1)));
    for (int away = 0; away < 2 * rows; ++away) {
      const int row = wanted + (away % 2 == 0 ? -away / 2 : (away + 1) / 2);
      if (row < 0 || row >= rows || !names[static_cast<size_t>(row)].first.empty()) continue;
      names[static_cast<size_t>(row)] = {shortened(series.name), series.color};
      break;
    }
  }
  return names;
}

std::string spaces(int count) { return std::string(static_cast<size_t>(std::max(count, 0)), ' '); }

// The numbers of the left margin by row.
std::vector<std::string> labels_by_row(const Chart& chart, const Frame& frame, int rows) {
  std::vector<std::string> labels(static_cast<size_t>(rows));
  for (const Tick& tick : frame.ticks) {
    const double part = 1 - fraction(tick.at, frame.y, chart.y.scale);
    if (part < -1e-9 || part > 1 + 1e-9) continue;
    labels[static_cast<size_t>(std::lround(std::clamp(part, 0.0, 1.0) * (rows - 1)))] = tick.text;
  }
  return labels;
}

std::string x_axis(const Chart& chart, const Frame& frame, int columns) {
  std::string rule = spaces(frame.label_columns) + " └";
  std::string line(static_cast<size_t>(columns), ' ');
  std::vector<bool> has_tick(static_cast<size_t>(columns), false);
  size_t taken = 0;
  for (const Tick& tick : ticks_of(frame.x, chart.x.scale, columns / 14)) {
    const auto at =
        static_cast<size_t>(std::lround(fraction(tick.at, frame.x, chart.x.scale) * (columns - 1)));
    if (at >= has_tick.size()) continue;
    has_tick[at] = true;
    const size_t half = tick.text.size() / 2;
    const size_t begin =
        std::min(at < half ? 0 : at - half, line.size() - std::min(line.size(), tick.text.size()));
    if (tick.text.empty() || begin < taken || begin + tick.text.size() > line.size()) continue;
    line.replace(begin, tick.text.size(), tick.text);
    taken = begin + tick.text.size() + 1;
  }
  for (bool tick : has_tick) rule += tick ? "┬" : "─";
  const int after = columns_of(chart.x.title) + 1;
  const bool has_room = !chart.x.title.empty() && frame.name_columns >= after;
  const std::string title = has_room ? " " + chart.x.title : "";
  return rule + "\n" + spaces(frame.label_columns + 2) + line + title + "\n";
}

}  // namespace

int columns_of(const std::string& text) {
  int columns = 0;
  bool in_escape = false;
  for (char c : text) {
    if (c == '\033') in_escape = true;
    if (!in_escape && (c & 0xC0) != 0x80) ++columns;
    if (in_escape && c == 'm') in_escape = false;
  }
  return columns;
}

std::string to_terminal(const Chart& chart, TextStyle style, int height) {
  Frame frame{x_range(chart), y_range(chart), 0, 0, {}};
  frame.ticks = ticks_of(frame.y, chart.y.scale, height / 2);
  for (const Tick& tick : frame.ticks)
    frame.label_columns = std::max(frame.label_columns, columns_of(tick.text));
  for (const Series& s : chart.series)
    frame.name_columns = std::max(frame.name_columns, columns_of(shortened(s.name)) + 1);
  const int columns = style.width - frame.label_columns - 2 - frame.name_columns;
  if (columns < 10) return "";

  Canvas canvas(columns, height);
  for (const Series& series : chart.series) {
    if (series.mark != Mark::kFaintLine) draw(canvas, chart, series, frame);
  }
  const std::vector<std::string> labels = labels_by_row(chart, frame, height);
  const auto names = names_by_row(chart, frame, height);
  std::string out =
      chart.title.empty() ? "" : (style.color ? "\033[1m" + chart.title + kReset : chart.title) + "\n";
  for (int row = 0; row < height; ++row) {
    const auto at = static_cast<size_t>(row);
    const auto& [name, color] = names[at];
    const bool is_colored = style.color && color >= 0;
    out += (style.color ? kDim : "") + spaces(frame.label_columns - columns_of(labels[at])) + labels[at] +
           (labels[at].empty() ? " │" : " ┤") + (style.color ? kReset : "") + canvas.row(row, style.color);
    if (!name.empty()) {
      out += " " + (is_colored ? kAnsi[static_cast<size_t>(color) % kAnsi.size()] + name + kReset : name);
    }
    out += "\n";
  }
  return out + x_axis(chart, frame, columns);
}

}  // namespace ascender
