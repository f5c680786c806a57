// Assignment of the tile vocabulary (tile-inl.h): where an expression is computed.
#if defined(ASCENDER_TILE_CPU_ASSIGN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_ASSIGN_INL_H_
#undef ASCENDER_TILE_CPU_ASSIGN_INL_H_
#else
#define ASCENDER_TILE_CPU_ASSIGN_INL_H_
#endif

#include <cstdint>

#include "ascender/tile/cpu/product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

template <class T, int kM, int kN, TileLike X>
HWY_INLINE void assign(Tile<T, kM, kN>& tile, const X& x) {
  static_assert((X::kRows == kM || X::kRows == 1) && (X::kColumns == kN || X::kColumns == 1),
                "shapes differ");
  if constexpr (X::kHasProduct) {
    const auto& product = product_of(x);
    const MmaStart<T> start = start_of(product.acc);
    const bool whole = left_of(product.a, 1).rows == kM && right_of(product.b).columns == kN;
    if (!whole && start.data != tile.data()) assign(tile, product.acc);
    put_product(x, tile.data(), Tile<T, kM, kN>::kStride, kM, kN);
  } else if constexpr (kN == 1) {
    for (int r = 0; r < kM; r += kLanes<T>) store(x.down(r), tile.data() + r);
  } else {
    for (int r = 0; r < kM; ++r) {
#pragma GCC unroll 4
      for (int c = 0; c < kN; c += kLanes<T>) store(x.pack(At<T>{r, c}), tile.row(r) + c);
    }
  }
}
// A matrix that lies the other way round is turned as it is brought in.
template <class T, int kM, int kN, class E>
HWY_INLINE void assign(Tile<T, kM, kN>& tile, const Load<E, Order::kColumns, kM, kN>& x) {
  if (x.rows < kM || x.columns < kN) assign(tile, zeros<T, kM, kN>());
  for (int c = 0; c < x.columns; c += kLanes<T>) {
    transpose_strip(x.data + c * x.stride, x.stride, std::min(kLanes<T>, x.columns - c), x.rows,
                    tile.data() + c, Tile<T, kM, kN>::kStride);
  }
}
template <class T, int kM, int kN>
HWY_INLINE void assign(Tile<T, kM, kN>& tile, const Transposed<T, kN, kM>& x) {
  for (int c = 0; c < kN; c += kLanes<T>) {
    transpose_strip(x.tile.row(c), Tile<T, kN, kM>::kStride, std::min(kLanes<T>, kN - c), kM, tile.data() + c,
                    Tile<T, kM, kN>::kStride);
  }
}

template <TileLike X>
HWY_INLINE Tile<typename X::Element, X::kRows, X::kColumns> keep(const X& x) {
  Tile<typename X::Element, X::kRows, X::kColumns> tile;
  assign(tile, x);
  return tile;
}

template <class E, Order kOrder, int kM, int kN>
template <class X>
void Partition<E, kOrder, kM, kN>::put(const X& x, E* to, int num_rows, int num_columns) const {
  static_assert(kOrder == Order::kRows, "stores go to rows");
  using T = typename X::Element;
  if constexpr (X::kHasProduct) {
    put_product(x, to, view_.stride, num_rows, num_columns);
  } else if constexpr (kN == 1) {
    for (int r = 0; r < num_rows; ++r) {
      alignas(64) T lanes[kLanes<T>];
      HWY_NAMESPACE::store(x.pack(At<T>{r, 0}), lanes);
      to[r * view_.stride] = lanes[0];
    }
  } else {
    for (int r = 0; r < num_rows; ++r) {
      for (int c = 0; c < num_columns; c += kLanes<T>) {
        HWY_NAMESPACE::store(x.pack(At<T>{r, c}), to + r * view_.stride + c,
                             std::min(kLanes<T>, num_columns - c));
      }
    }
  }
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
