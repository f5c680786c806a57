#include <algorithm>
#include <cmath>
#include <fmt/core.h>

#include "ascender/tile/roof.h"

#include "bench/bench.h"

namespace ascender::bench {
namespace {

constexpr double kWidth = 860, kHeight = 520, kLeft = 70, kTop = 30, kRight = 20, kBottom = 50;

// log10 of intensity (FLOP a byte) and of rate (GF/s) to the picture.
struct Axes {
  double x0, x1, y0, y1;
  double x(double intensity) const {
    return kLeft + (std::log10(intensity) - x0) / (x1 - x0) * (kWidth - kLeft - kRight);
  }
  double y(double rate) const {
    return kHeight - kBottom - (std::log10(rate) - y0) / (y1 - y0) * (kHeight - kTop - kBottom);
  }
};

std::string line(const Axes& axes, double i0, double r0, double i1, double r1, const char* color) {
  return fmt::format(
      "<line x1='{:.1f}' y1='{:.1f}' x2='{:.1f}' y2='{:.1f}' stroke='{}' stroke-width='1.5'/>\n", axes.x(i0),
      axes.y(r0), axes.x(i1), axes.y(r1), color);
}

std::string text(double x, double y, const std::string& words, const char* anchor = "start") {
  return fmt::format("<text x='{:.1f}' y='{:.1f}' font-size='11' text-anchor='{}'>{}</text>\n", x, y, anchor,
                     words);
}

std::string ceilings(const Axes& axes, const Roof& r, int threads) {
  constexpr const char* kNames[] = {"L1", "L2", "L3", "memory"};
  const double peak = r.flops(threads) * 1e-9;
  const double left = std::pow(10, axes.x0), right = std::pow(10, axes.x1);
  std::string out;
  double first_knee = right;
  for (size_t level = 0; level < r.bytes.size(); ++level) {
    const double slope = r.bytes[level] * threads * 1e-9;
    if (slope <= 0) continue;
    const double knee = peak / slope;
    first_knee = std::min(first_knee, knee);
    out += line(axes, left, slope * left, knee, peak, "#4a7ab5");
    out +=
        text(axes.x(left) + 4, axes.y(slope * left) - 4, fmt::format("{} {:.0f} GB/s", kNames[level], slope));
  }
  out += line(axes, std::max(left, first_knee), peak, right, peak, "#b5504a");
  return out + text(axes.x(right), axes.y(peak) - 5, fmt::format("FMA {:.0f} GF/s", peak), "end");
}

}  // namespace

std::string roofline_svg(const std::vector<Row>& rows, int threads) {
  const auto r = roof();
  const double peak = r ? r->flops(threads) * 1e-9 : 1000;
  const double slowest = r ? r->bytes.back() * threads * 1e-9 : 10;
  Axes axes{-1, 3, std::floor(std::log10(slowest * 0.1)), std::ceil(std::log10(peak))};
  std::string out = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' font-family='sans-serif'>\n"
      "<rect width='{0}' height='{1}' fill='white'/>\n",
      kWidth, kHeight);
  for (int d = static_cast<int>(axes.x0); d <= static_cast<int>(axes.x1); ++d) {
    out +=
        line(axes, std::pow(10, d), std::pow(10, axes.y0), std::pow(10, d), std::pow(10, axes.y1), "#e4e4e4");
    out +=
        text(axes.x(std::pow(10, d)), kHeight - kBottom + 16, fmt::format("{:g}", std::pow(10, d)), "middle");
  }
  for (int d = static_cast<int>(axes.y0); d <= static_cast<int>(axes.y1); ++d) {
    out +=
        line(axes, std::pow(10, axes.x0), std::pow(10, d), std::pow(10, axes.x1), std::pow(10, d), "#e4e4e4");
    out += text(kLeft - 6, axes.y(std::pow(10, d)) + 4, fmt::format("{:g}", std::pow(10, d)), "end");
  }
  if (r) out += ceilings(axes, *r, threads);
  for (const Row& row : rows) {
    if (row.flops <= 0 || row.bytes <= 0) continue;
    const double intensity = std::clamp(row.flops / row.bytes, 0.1, 1000.0);
    out += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3.5' fill='#2b6'><title>{}</title></circle>\n",
                       axes.x(intensity), axes.y(row.flops / row.time.median * 1e-9), row.name);
  }
  out += text(kWidth / 2, kHeight - 12, "FLOP a compulsory byte", "middle");
  return out + text(8, 18, "GF/s") + "</svg>\n";
}

}  // namespace ascender::bench
