// The roofline (Williams, Waterman, Patterson 2009): attainable flop/s = min(peak, intensity x bandwidth),
// and where measured kernels stand below it. Logarithmic both ways.
#pragma once

#include <string>
#include <vector>

#include "ascender/report/chart.h"

namespace ascender {

struct Ceiling {
  std::string compute;  // "AVX-512 FMA, 1 thread"
  double flops_per_s = 0;
  std::string memory;  // "stream"
  double bytes_per_s = 0;
};

struct RooflinePoint {
  std::string group;  // of one colour, named in the legend
  std::string name;   // beside the point
  double flops_per_byte = 0;
  double flops_per_s = 0;
};

// Flop/s are drawn as GFLOP/s.
Chart roofline_chart(const std::string& title, const std::string& subtitle, const std::vector<Ceiling>& roofs,
                     const std::vector<RooflinePoint>& points);

}  // namespace ascender
