// The tile vocabulary that only counts: a kernel's body instantiated with it does no arithmetic and touches
// no memory, and leaves behind its FLOPs (2 a multiply-add of mma, on elements that exist), the bytes it
// requested (every load and store) and the compulsory ones (each tile of each view the first time). So what a
// roofline shows follows from the body itself, and a formula beside a kernel can be tested against it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <tuple>

#include "ascender/tile/schedule.h"

#undef ASC_TILE_NAMESPACE
#define ASC_TILE_NAMESPACE N_COUNT
#undef ASC_TILE
#define ASC_TILE inline

namespace ascender::N_COUNT {

struct Counter {
  double flops = 0;
  double requested = 0;
  double compulsory = 0;
  // Bytes of tile (i, j) of a view, of which there are reads and writes.
  void touch(const void* view, bool write, int64_t i, int64_t j, double bytes) {
    requested += bytes;
    if (seen_.emplace(view, write, i, j).second) compulsory += bytes;
  }

 private:
  std::set<std::tuple<const void*, bool, int64_t, int64_t>> seen_;
};

// The shape of a value: what exists of it.
struct Extent {
  int64_t rows = 0;
  int64_t columns = 0;
  Counter* counter = nullptr;
};

template <class T, int kM, int kN>
struct Tile : Extent {
  Tile() : Extent{kM, kN, nullptr} {}
  Tile(const Extent& x) : Extent(x) {}  // NOLINT: a tile is the value of its expression
};

template <class T, int kM, int kN>
Tile<T, kM, kN> zeros() {
  return {};
}
template <class T, int kM, int kN>
class Accumulator : public Extent {
 public:
  explicit Accumulator(const Extent& start) : Extent(start) {}
  Accumulator& operator=(const Extent& x) {
    Extent::operator=(x);
    return *this;
  }
};
inline const Extent& value_of(const Extent& x) { return x; }

inline Extent mma(const Extent& a, const Extent& b, const Extent&) {
  const auto depth = std::min(a.columns, b.rows);
  a.counter->flops +=
      2.0 * static_cast<double>(a.rows) * static_cast<double>(b.columns) * static_cast<double>(depth);
  return {a.rows, b.columns, a.counter};
}

template <class E>
struct View {
  int64_t rows;
  int64_t columns;
  Counter* counter;
};

template <class E, int kM, int kN>
class Partition {
 public:
  explicit Partition(const View<E>& view) : view_(view) {}
  Extent load_masked(int64_t i, int64_t j) const { return touch(false, i, j); }
  Extent load(int64_t i, int64_t j) const { return touch(false, i, j); }
  void store_masked(const Extent&, int64_t i, int64_t j) const { touch(true, i, j); }
  void store(const Extent&, int64_t i, int64_t j) const { touch(true, i, j); }

 private:
  Extent touch(bool write, int64_t i, int64_t j) const {
    const int64_t rows = std::clamp<int64_t>(view_.rows - i * kM, 0, kM);
    const int64_t columns = std::clamp<int64_t>(view_.columns - j * kN, 0, kN);
    view_.counter->touch(this, write, i, j, static_cast<double>(rows * columns) * sizeof(E));
    return {rows, columns, view_.counter};
  }
  View<E> view_;
};
template <int kM, int kN, class E>
Partition<E, kM, kN> partition(const View<E>& view) {
  return Partition<E, kM, kN>(view);
}

}  // namespace ascender::N_COUNT
