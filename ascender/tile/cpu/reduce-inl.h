// Reductions of the tile vocabulary (tile-inl.h), at once and in a fixed order.
#if defined(ASCENDER_TILE_CPU_REDUCE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_REDUCE_INL_H_
#undef ASCENDER_TILE_CPU_REDUCE_INL_H_
#else
#define ASCENDER_TILE_CPU_REDUCE_INL_H_
#endif

#include <algorithm>
#include <limits>

#include "ascender/tile/cpu/assign-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

struct SumFold {
  template <class T>
  static constexpr T kNeutral = T(0);
  template <class P>
  HWY_INLINE static P of(const P& a, const P& b) {
    return a + b;
  }
  template <class T>
  HWY_INLINE static T lanes(const Pack<T>& x) {
    return sum(x);
  }
};
struct MaxFold {
  template <class T>
  static constexpr T kNeutral = -std::numeric_limits<T>::infinity();
  template <class P>
  HWY_INLINE static P of(const P& a, const P& b) {
    return max(a, b);
  }
  template <class T>
  HWY_INLINE static T lanes(const Pack<T>& x) {
    return maximum(x);
  }
};

template <class F, class T, int kN>
HWY_INLINE Pack<T> without_tail(const Pack<T>& x, int column) {
  if constexpr (kN % kLanes<T> == 0) {
    return x;
  } else {
    return select(iota<T>(static_cast<T>(column)) < splat(static_cast<T>(kN)), x,
                  splat(F::template kNeutral<T>));
  }
}

// Folds rows to a column (axis 1) or columns to a row (axis 0); see(row, column, pack) sees each pack once.
template <class F, int kAxis, TileLike X, class See>
HWY_INLINE auto fold_tile(const X& x, const See& see) {
  using T = typename X::Element;
  static_assert(!X::kHasProduct, "assign a product to a tile before reducing it");
  constexpr int kM = X::kRows, kN = X::kColumns;
  if constexpr (kAxis == 1) {
    Tile<T, kM, 1> y;
    for (int r = 0; r < kM; ++r) {
      Pack<T> acc = splat(F::template kNeutral<T>);
#pragma GCC unroll 4
      for (int c = 0; c < kN; c += kLanes<T>) {
        const Pack<T> value = x.pack(At<T>{r, c});
        see(r, c, value);
        acc = F::of(acc, without_tail<F, T, kN>(value, c));
      }
      y.data()[r] = F::template lanes<T>(acc);
    }
    return y;
  } else {
    Tile<T, 1, kN> y;
    for (int c = 0; c < kN; c += kLanes<T>) {
      Pack<T> acc = splat(F::template kNeutral<T>);
      for (int r = 0; r < kM; ++r) {
        const Pack<T> value = x.pack(At<T>{r, c});
        see(r, c, value);
        acc = F::of(acc, value);
      }
      store(acc, y.data() + c);
    }
    return y;
  }
}
struct SeeNothing {
  template <class P>
  HWY_INLINE void operator()(int, int, const P&) const {}
};
template <class T, int kM, int kN>
struct SeeInto {
  Tile<T, kM, kN>& tile;
  HWY_INLINE void operator()(int r, int c, const Pack<T>& x) const { store(x, tile.row(r) + c); }
};

template <int kAxis, TileLike X>
HWY_INLINE auto sum(const X& x) {
  return fold_tile<SumFold, kAxis>(x, SeeNothing());
}
template <int kAxis, TileLike X>
HWY_INLINE auto reduce_max(const X& x) {
  return fold_tile<MaxFold, kAxis>(x, SeeNothing());
}
template <int kAxis, class T, int kM, int kN, TileLike X>
HWY_INLINE auto assign_sum(Tile<T, kM, kN>& tile, const X& x) {
  return fold_tile<SumFold, kAxis>(x, SeeInto<T, kM, kN>{tile});
}
template <int kAxis, class T, int kM, int kN, TileLike X>
HWY_INLINE auto assign_max(Tile<T, kM, kN>& tile, const X& x) {
  return fold_tile<MaxFold, kAxis>(x, SeeInto<T, kM, kN>{tile});
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
