// The ceilings of this machine, measured once and kept in a file ($ASCENDER_ROOF, else roof.json in the cache
// folder, by machine and SIMD target): fused multiply-adds in registers, and a triad a = b + s c at each
// level of memory. Williams et al. 2009, "Roofline".
#pragma once

#include <array>
#include <optional>
#include <string>

#include "ascender/base/threads.h"

namespace ascender {

struct Roof {
  double flops_one = 0;  // f32 FLOP/s of one thread; f64 has half
  double flops_all = 0;  // of `threads` at once
  int threads = 1;
  // Triad on one thread, bytes/s (12 bytes an element): arrays that together fit L1, L2, L3, none.
  std::array<double, 4> bytes{};

  // f32 FLOP/s of n threads: measured for 1 and `threads`, in between by line, beyond as `threads`.
  double flops(int n) const;
};

inline constexpr std::array<size_t, 4> kRoofBytes = {size_t{24} << 10, size_t{384} << 10, size_t{12} << 20,
                                                     size_t{192} << 20};

// What the file knows of this machine; unknown is nothing, and is shown as "-". The file is read once.
std::optional<Roof> roof();

// Takes about two seconds and keeps the result. Noise only lowers a sample, so the best of many stands.
Roof measure_roof(Threads& threads);
std::string roof_file();

}  // namespace ascender
