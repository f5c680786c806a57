// A chart as an SVG document of its own: no scripts, no fonts to load, light or dark as the viewer prefers,
// the same bytes for the same chart.
#pragma once

#include <string>
#include <vector>

#include "ascender/report/chart.h"

namespace ascender {

struct SvgSize {
  int width = 760;
  int height = 440;
};

std::string to_svg(const Chart& chart, SvgSize size = {});

}  // namespace ascender
