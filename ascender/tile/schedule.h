// How a kernel goes through its work: a value, so that it can be a template argument, a row of a cache file
// or a point of a design space. A schedule changes time, never bits.
#pragma once

#include <compare>
#include <cstdint>

namespace ascender {

// Where a tile lives while it is used again: read where it lies each time, or brought near once (packed).
enum class Level : uint8_t { kStream, kL2, kL1, kRegister };

struct Schedule {
  int m = 64, n = 64, k = 64;  // extents of a block of the result, and the depth taken at a time
  int rows = 6;                // register block: rows ...
  int packs = 4;               // ... by vectors of 64 bytes (CPU)
  Level a = Level::kStream;
  Level b = Level::kL2;
  int stages = 2;  // depth of the pipeline of loads (GPU)

  auto operator<=>(const Schedule&) const = default;
};

}  // namespace ascender
