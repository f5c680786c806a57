// Values of the tile vocabulary (tile-inl.h): where an expression reads, tiles, constants and indices.
#if defined(ASCENDER_TILE_CPU_VALUE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_VALUE_INL_H_
#undef ASCENDER_TILE_CPU_VALUE_INL_H_
#else
#define ASCENDER_TILE_CPU_VALUE_INL_H_
#endif

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include "ascender/tile/cpu/pack-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

template <class T>
constexpr int round_up_to_pack(int n) {
  return (n + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
}

// Where an expression reads: the lanes [column, column + kLanes) of a row; `row` and `column` count from the
// tile's corner. `product` is the register block of the mma below the expression, if there is one.
template <class T>
struct At {
  int row;
  int column;
  const T* product = nullptr;
};

template <class X>
concept TileLike = requires {
  typename X::Element;
  { X::kRows } -> std::convertible_to<int>;
  { X::kColumns } -> std::convertible_to<int>;
};

// What every expression has: Element, kRows, kColumns, pack(At), and for a column also down(row): kLanes rows
// of it.
struct NoProduct {
  static constexpr bool kHasProduct = false;
};

template <class T, int kM, int kN>
class Tile : public NoProduct {
 public:
  using Element = T;
  static constexpr int kRows = kM;
  static constexpr int kColumns = kN;
  static constexpr int kStride = kN == 1 ? 1 : round_up_to_pack<T>(kN);

  Tile() = default;
  template <TileLike X>
  Tile(const X& x) {  // NOLINT: a tile is the value of its expression
    assign(*this, x);
  }
  template <TileLike X>
  Tile& operator=(const X& x) {
    assign(*this, x);
    return *this;
  }
  Tile(const Tile&) = default;
  Tile& operator=(const Tile&) = default;

  T* data() { return data_; }
  const T* data() const { return data_; }
  T* row(int r) { return data_ + r * kStride; }
  const T* row(int r) const { return data_ + r * kStride; }

  HWY_INLINE Pack<T> pack(const At<T>& at) const {
    if constexpr (kN == 1) {
      return splat(data_[kM == 1 ? 0 : at.row]);
    } else {
      return load(row(kM == 1 ? 0 : at.row) + at.column);
    }
  }
  HWY_INLINE Pack<T> down(int first) const { return kM == 1 ? splat(data_[0]) : load(data_ + first); }

 private:
  alignas(64) T data_[kN == 1 ? round_up_to_pack<T>(kM) : kM * kStride];
};

// By value in an expression when small, by reference when it holds numbers.
template <class X>
struct Held {
  using type = X;
};
template <class T, int kM, int kN>
struct Held<Tile<T, kM, kN>> {
  using type = const Tile<T, kM, kN>&;
};
template <class X>
using held = typename Held<X>::type;

template <class T, int kM, int kN>
struct Full : NoProduct {
  using Element = T;
  static constexpr int kRows = kM;
  static constexpr int kColumns = kN;
  T value;
  explicit Full(T x) : value(x) {}
  HWY_INLINE Pack<T> pack(const At<T>&) const { return splat(value); }
  HWY_INLINE Pack<T> down(int) const { return splat(value); }
};
template <class T, int kM, int kN>
HWY_INLINE Full<T, kM, kN> full(T x) {
  return Full<T, kM, kN>(x);
}
template <class T, int kM, int kN>
HWY_INLINE Full<T, kM, kN> zeros() {
  return Full<T, kM, kN>(T(0));
}

template <class T, int kM>
struct RowIndex : NoProduct {
  using Element = T;
  static constexpr int kRows = kM;
  static constexpr int kColumns = 1;
  T first;
  explicit RowIndex(T x) : first(x) {}
  HWY_INLINE Pack<T> pack(const At<T>& at) const { return splat(first + static_cast<T>(at.row)); }
  HWY_INLINE Pack<T> down(int row) const { return iota<T>(first + static_cast<T>(row)); }
};
template <class T, int kN>
struct ColumnIndex : NoProduct {
  using Element = T;
  static constexpr int kRows = 1;
  static constexpr int kColumns = kN;
  T first;
  explicit ColumnIndex(T x) : first(x) {}
  HWY_INLINE Pack<T> pack(const At<T>& at) const { return iota<T>(first + static_cast<T>(at.column)); }
};
// first, first + 1, ... down a column or along a row; exact below 2^24 in float.
template <class T, int kM>
HWY_INLINE RowIndex<T, kM> row_index(int64_t first) {
  return RowIndex<T, kM>(static_cast<T>(first));
}
template <class T, int kN>
HWY_INLINE ColumnIndex<T, kN> column_index(int64_t first) {
  return ColumnIndex<T, kN>(static_cast<T>(first));
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
