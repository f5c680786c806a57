// Memory of the tile vocabulary (tile-inl.h): views, partitions, loads and stores.
#if defined(ASCENDER_TILE_CPU_MEMORY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_MEMORY_INL_H_
#undef ASCENDER_TILE_CPU_MEMORY_INL_H_
#else
#define ASCENDER_TILE_CPU_MEMORY_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "ascender/base/check.h"
#include "ascender/tile/cpu/value-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

enum class Order : uint8_t { kRows, kColumns };

template <class E, Order kOrder = Order::kRows>
struct View {
  E* data;
  int64_t rows;
  int64_t columns;
  int64_t stride;  // elements from row to row (from column to column for kColumns)
};

template <class E>
struct Widened {
  using type = std::remove_const_t<E>;
};
template <>
struct Widened<Bf16> {
  using type = float;
};
template <>
struct Widened<const Bf16> {
  using type = float;
};

// A tile where it lies. `rows` and `columns` of it exist.
template <class E, Order kOrder, int kM, int kN>
struct Load : NoProduct {
  using Element = typename Widened<E>::type;
  static constexpr int kRows = kM;
  static constexpr int kColumns = kN;
  const E* data;
  int64_t stride;
  int rows;
  int columns;
  Load(const E* d, int64_t s, int r, int c) : data(d), stride(s), rows(r), columns(c) {}

  HWY_INLINE Pack<Element> pack(const At<Element>& at) const {
    const int row = kM == 1 ? 0 : at.row;
    if constexpr (kOrder == Order::kColumns) {
      return gather(row, at.column);
    } else if constexpr (kN == 1) {
      return splat(row < rows ? widen(data[row * stride]) : Element(0));
    } else {
      if (row >= rows || at.column >= columns) return splat(Element(0));
      const E* from = data + row * stride + at.column;
      const int left = columns - at.column;
      return left >= kLanes<Element> ? load(from) : load(from, left);
    }
  }
  HWY_INLINE Pack<Element> down(int first) const {
    if constexpr (kM == 1) return splat(widen(data[0]));
    alignas(64) Element lanes[kLanes<Element>] = {};
    for (int i = 0; i < kLanes<Element> && first + i < rows; ++i) {
      lanes[i] = widen(data[(first + i) * (kOrder == Order::kRows ? stride : 1)]);
    }
    return load(lanes);
  }

 private:
  Pack<Element> gather(int row, int column) const {
    alignas(64) Element lanes[kLanes<Element>] = {};
    for (int i = 0; row < rows && i < kLanes<Element> && column + i < columns; ++i) {
      lanes[i] = widen(data[(column + i) * stride + row]);
    }
    return load(lanes);
  }
};

template <class E, Order kOrder, int kM, int kN>
class Partition {
 public:
  explicit Partition(const View<E, kOrder>& view) : view_(view) {}

  // REQUIRES: the tile lies inside.
  HWY_INLINE Load<E, kOrder, kM, kN> load(int64_t i, int64_t j) const {
    ASC_DCHECK((i + 1) * kM <= view_.rows && (j + 1) * kN <= view_.columns, "tile ({}, {}) of [{}, {}]", i, j,
               view_.rows, view_.columns);
    return {at(i, j), view_.stride, kM, kN};
  }
  HWY_INLINE Load<E, kOrder, kM, kN> load_masked(int64_t i, int64_t j) const {
    return {at(i, j), view_.stride, rows(i), columns(j)};
  }
  template <class X>
  HWY_INLINE void store(const X& x, int64_t i, int64_t j) const {
    ASC_DCHECK((i + 1) * kM <= view_.rows && (j + 1) * kN <= view_.columns, "tile ({}, {}) of [{}, {}]", i, j,
               view_.rows, view_.columns);
    put(x, at(i, j), kM, kN);
  }
  template <class X>
  HWY_INLINE void store_masked(const X& x, int64_t i, int64_t j) const {
    put(x, at(i, j), rows(i), columns(j));
  }

 private:
  E* at(int64_t i, int64_t j) const {
    return kOrder == Order::kRows ? view_.data + i * kM * view_.stride + j * kN
                                  : view_.data + j * kN * view_.stride + i * kM;
  }
  int rows(int64_t i) const { return static_cast<int>(std::clamp<int64_t>(view_.rows - i * kM, 0, kM)); }
  int columns(int64_t j) const {
    return static_cast<int>(std::clamp<int64_t>(view_.columns - j * kN, 0, kN));
  }
  template <class X>
  void put(const X& x, E* to, int num_rows, int num_columns) const;

  View<E, kOrder> view_;
};
template <int kM, int kN, class E, Order kOrder>
HWY_INLINE Partition<E, kOrder, kM, kN> partition(const View<E, kOrder>& view) {
  return Partition<E, kOrder, kM, kN>(view);
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
