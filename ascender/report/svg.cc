#include "ascender/report/svg.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>

#include "ascender/report/place_labels.h"

namespace ascender {
namespace {

constexpr double kTitleSize = 16;
constexpr double kTextSize = 12;
constexpr double kLeft = 64;
constexpr double kRight = 28;
constexpr double kBottom = 48;

struct Colors {
  const char* surface;
  const char* ink;
  const char* muted;
  const char* grid;
  std::array<const char*, 8> series;
};
// Told apart by lightness as well as by hue; each has a contrast of at least 3 on its surface.
constexpr Colors kLight{
    "#ffffff",
    "#1b1f24",
    "#5d6673",
    "#e4e8ec",
    {"#1f6fd1", "#d0540f", "#0b8466", "#9b3fa0", "#8f6a00", "#c2304f", "#3f5a7a", "#4d7c0f"}};
constexpr Colors kDark{
    "#14171c",
    "#e8ebef",
    "#9aa4b1",
    "#2a3038",
    {"#74a9ff", "#ff9254", "#41c9a0", "#dd8be2", "#e0bb4a", "#ff7d96", "#a3b5cc", "#a6cf5f"}};
constexpr int kColors = 8;

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 32 ? ' ' : c;
    }
  }
  return out;
}

std::string rules(const Colors& colors) {
  std::string css = fmt::format(
      ".surface{{fill:{0}}}.ink{{fill:{1}}}.muted{{fill:{2}}}.grid{{stroke:{3}}}.axis{{stroke:{2}}}"
      ".halo{{stroke:{0}}}.frame{{stroke:{2}}}.ring{{stroke:{0}}}",
      colors.surface, colors.ink, colors.muted, colors.grid);
  for (size_t i = 0; i < colors.series.size(); ++i) {
    css += fmt::format(".s{0}{{stroke:{1}}}.f{0}{{fill:{1}}}", i, colors.series[i]);
  }
  return css;
}

std::string style() {
  return fmt::format(
      "<style>text{{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;"
      "font-size:{}px}}.title{{font-size:{}px;font-weight:600}}.number{{font-variant-numeric:tabular-nums}}"
      ".line{{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}}"
      ".faint{{stroke-width:1;stroke-opacity:.35}}.dashed{{stroke-dasharray:6 5}}"
      ".halo{{stroke-width:4;stroke-linejoin:round;paint-order:stroke}}{}"
      "@media (prefers-color-scheme:dark){{{}}}</style>\n",
      kTextSize, kTitleSize, rules(kLight), rules(kDark));
}

std::string color_class(const Series& series, char kind) {
  if (series.color == kNeutral) return kind == 's' ? "frame" : "muted";
  return fmt::format("{}{}", kind, series.color % kColors);
}

class Drawing {
 public:
  Drawing(const Chart& chart, SvgSize size)
      : chart_(chart), width_(size.width), height_(size.height), x_(x_range(chart)), y_(y_range(chart)) {}

  std::string draw();

 private:
  double px(double value) const {
    return kLeft + fraction(value, x_, chart_.x.scale) * (width_ - kLeft - kRight);
  }
  double py(double value) const { return bottom() - fraction(value, y_, chart_.y.scale) * (bottom() - top_); }
  double bottom() const { return height_ - kBottom; }
  double right() const { return width_ - kRight; }

  void head();
  void legend();
  void axes();
  void lines(const Series& series);
  void points(const Series& series);
  void line_label(const LineLabel& label);
  void point_labels();
  void text(double x, double y, const char* classes, const char* anchor, const std::string& content);

  const Chart& chart_;
  double width_, height_;
  Range x_, y_;
  double top_ = 0;
  std::vector<LabelBox> texts_;
  std::string out_;
};

void Drawing::text(double x, double y, const char* classes, const char* anchor, const std::string& content) {
  out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y,
                      classes, anchor, escaped(content));
}

void Drawing::head() {
  out_ += fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
      "{1:.0f}\" "
      "role=\"img\" aria-label=\"{2}\">\n",
      width_, height_, escaped(chart_.title));
  out_ += style();
  out_ += fmt::format("<rect class=\"surface\" width=\"{:.0f}\" height=\"{:.0f}\"/>\n", width_, height_);
  top_ = 28;
  text(20, top_, "title ink", "start", chart_.title);
  if (!chart_.subtitle.empty()) text(20, top_ += 19, "muted", "start", chart_.subtitle);
}

// Only what must be told apart is named; one series is told by the title.
void Drawing::legend() {
  std::vector<const Series*> named;
  for (const Series& series : chart_.series) {
    if (!series.name.empty()) named.push_back(&series);
  }
  if (named.size() < 2) return;
  double x = 20;
  top_ += 22;
  for (const Series* series : named) {
    const double width = 26 + text_width(series->name, kTextSize) + 18;
    if (x > 20 && x + width > right()) {
      x = 20;
      top_ += 18;
    }
    if (series->mark == Mark::kPoints) {
      out_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" class=\"{}\"/>\n", x + 9, top_ - 4,
                          color_class(*series, 'f'));
    } else {
      out_ += fmt::format("<path d=\"M{:.1f} {:.1f}h18\" class=\"line {} {}\"/>\n", x, top_ - 4,
                          color_class(*series, 's'), series->mark == Mark::kDashedLine ? "dashed" : "");
    }
    text(x + 26, top_, "ink", "start", series->name);
    x += width;
  }
}

void Drawing::axes() {
  text(20, top_ += 24, "muted", "start", chart_.y.title);
  top_ += 14;
  for (const Tick& tick : ticks_of(y_, chart_.y.scale, static_cast<int>((bottom() - top_) / 48))) {
    const double y = py(tick.at);
    out_ += fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\" class=\"grid\"/>\n", kLeft, y, right());
    text(kLeft - 8, y + 4, "muted number", "end", tick.text);
  }
  for (const Tick& tick : ticks_of(x_, chart_.x.scale, static_cast<int>((right() - kLeft) / 80))) {
    const double x = px(tick.at);
    out_ += fmt::format("<path d=\"M{:.1f} {:.1f}v5\" class=\"axis\"/>\n", x, bottom());
    text(x, bottom() + 19, "muted number", "middle", tick.text);
  }
  out_ += fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\" class=\"axis\"/>\n", kLeft, bottom(), right());
  text(right(), height_ - 10, "muted", "end", chart_.x.title);
}

// Where more points come than pixels, a column of pixels keeps its first, lowest, highest and last.
std::vector<size_t> thinned(const std::vector<double>& x_px, const std::vector<double>& y_px) {
  std::vector<size_t> kept;
  for (size_t begin = 0; begin < x_px.size();) {
    size_t end = begin + 1;
    while (end < x_px.size() && std::floor(x_px[end]) == std::floor(x_px[begin])) ++end;
    const auto lower = [&](size_t a, size_t b) { return y_px[a] < y_px[b]; };
    std::vector<size_t> column(end - begin);
    for (size_t i = 0; i < column.size(); ++i) column[i] = begin + i;
    const auto [low, high] = std::minmax_element(column.begin(), column.end(), lower);
    std::array<size_t, 4> extremes{begin, *low, *high, end - 1};
    std::sort(extremes.begin(), extremes.end());
    for (size_t i = 0; i < extremes.size(); ++i) {
      if (i == 0 || extremes[i] != extremes[i - 1]) kept.push_back(extremes[i]);
    }
    begin = end;
  }
  return kept;
}

void Drawing::lines(const Series& series) {
  std::vector<double> xs, ys;
  std::string path;
  const auto put = [&] {
    bool first = true;
    for (size_t i : thinned(xs, ys)) {
      path += fmt::format("{}{:.1f} {:.1f}", first ? 'M' : 'L', xs[i], ys[i]);
      first = false;
    }
    if (xs.size() == 1) path += "h.1";
    xs.clear();
    ys.clear();
  };
  for (size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
    const double x = px(series.x[i]);
    const double y = py(series.y[i]);
    if (std::isnan(x) || std::isnan(y)) {
      put();
    } else {
      xs.push_back(x);
      ys.push_back(y);
    }
  }
  put();
  if (path.empty()) return;
  const char* kind = series.mark == Mark::kFaintLine    ? "faint"
                     : series.mark == Mark::kDashedLine ? "dashed"
                                                        : "";
  out_ += fmt::format("<path d=\"{}\" class=\"line {} {}\"/>\n", path, color_class(series, 's'), kind);
}

void Drawing::points(const Series& series) {
  for (size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
    const double x = px(series.x[i]);
    const double y = py(series.y[i]);
    if (std::isnan(x) || std::isnan(y)) continue;
    out_ += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" stroke-width=\"1.5\" class=\"ring {}\"/>\n", x, y,
        color_class(series, 'f'));
  }
}

// Its box, turned with it, is kept as a chain of small boxes.
void Drawing::line_label(const LineLabel& label) {
  const double x = px(label.at_end ? label.to_x : label.x);
  const double y = py(label.at_end ? label.to_y : label.y);
  const double angle = std::atan2(py(label.to_y) - py(label.y), px(label.to_x) - px(label.x));
  const double rise = label.below ? kTextSize + 4 : -7;
  out_ += fmt::format(
      "<text transform=\"translate({:.1f} {:.1f}) rotate({:.1f})\" x=\"{}\" y=\"{}\" text-anchor=\"{}\" "
      "class=\"muted halo\">{}</text>\n",
      x, y, angle * 180 / M_PI, label.at_end ? -12 : 12, rise, label.at_end ? "end" : "start",
      escaped(label.text));
  const double width = text_width(label.text, kTextSize);
  for (double along = 12; along < width + 12; along += kTextSize / 2) {
    const double at = label.at_end ? -along : along;
    const double middle = rise - kTextSize / 3;
    const double mx = x + at * std::cos(angle) - middle * std::sin(angle);
    const double my = y + at * std::sin(angle) + middle * std::cos(angle);
    texts_.push_back({mx - kTextSize / 2, my - kTextSize / 2, mx + kTextSize / 2, my + kTextSize / 2});
  }
}

void Drawing::point_labels() {
  LabelScene scene{.inside = {kLeft, top_, right(), bottom()}, .points = {}, .lines = {}, .texts = texts_};
  for (const Series& series : chart_.series) {
    for (size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
      const double x = px(series.x[i]);
      const double y = py(series.y[i]);
      if (series.mark == Mark::kPoints) scene.points.push_back({x, y});
      if (series.mark == Mark::kPoints || i == 0) continue;
      scene.lines.push_back({px(series.x[i - 1]), py(series.y[i - 1]), x, y});
    }
  }
  std::vector<LabelRequest> wanted;
  for (const PointLabel& label : chart_.point_labels) {
    wanted.push_back({px(label.x), py(label.y), text_width(label.text, kTextSize), kTextSize});
  }
  const std::vector<LabelPlace> places = place_labels(scene, wanted);
  for (size_t i = 0; i < places.size(); ++i) {
    const LabelPlace& place = places[i];
    if (place.is_far) {
      out_ += fmt::format("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" class=\"axis\" stroke-width=\".7\"/>\n",
                          wanted[i].x, wanted[i].y, place.x + wanted[i].width / 2, place.y - 4);
    }
    text(place.x, place.y, "ink halo", "start", chart_.point_labels[i].text);
  }
}

std::string Drawing::draw() {
  head();
  legend();
  axes();
  out_ += fmt::format(
      "<clipPath id=\"plot\"><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
      "height=\"{:.1f}\"/></clipPath>\n",
      kLeft, top_ - 6, right() - kLeft + 6, bottom() - top_ + 6);
  out_ += "<g clip-path=\"url(#plot)\">\n";
  for (Mark mark : {Mark::kFaintLine, Mark::kDashedLine, Mark::kLine}) {
    for (const Series& series : chart_.series) {
      if (series.mark == mark) lines(series);
    }
  }
  out_ += "</g>\n";
  for (const LineLabel& label : chart_.line_labels) line_label(label);
  point_labels();
  for (const Series& series : chart_.series) {
    if (series.mark == Mark::kPoints) points(series);
  }
  return out_ + "</svg>\n";
}

}  // namespace

std::string to_svg(const Chart& chart, SvgSize size) { return Drawing(chart, size).draw(); }

}  // namespace ascender
