// Products of the tile vocabulary (tile-inl.h): mma by register blocks, and accumulators.
#if defined(ASCENDER_TILE_CPU_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_PRODUCT_INL_H_
#undef ASCENDER_TILE_CPU_PRODUCT_INL_H_
#else
#define ASCENDER_TILE_CPU_PRODUCT_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "ascender/tile/cpu/map-inl.h"
#include "ascender/tile/cpu/memory-inl.h"
#include "ascender/tile/cpu/mma.h"
#include "ascender/tile/cpu/transpose-inl.h"
#include "ascender/tile/schedule.h"
#include "ascender/tile/target.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

extern const MmaTable<float> kMmaFloat;
extern const MmaTable<double> kMmaDouble;
template <class T>
HWY_INLINE const MmaTable<T>& mma_table() {
  if constexpr (std::is_same_v<T, float>) {
    return kMmaFloat;
  } else {
    return kMmaDouble;
  }
}

// One side of a product as the register blocks read it.
template <class T>
struct MmaLeft {
  using Element = T;
  const T* data;
  int64_t step;        // from row to row, or from k to k
  int64_t block_step;  // from one register block of rows to the next
  AOrder order;
  int rows;
  int depth;
  const T* ahead = nullptr;  // where the tile that follows begins; null: unknown
};
template <class T>
struct MmaRight {
  using Element = T;
  const T* data;
  int64_t step;  // from k to k
  int depth;
  int columns;
  const T* ahead = nullptr;  // rows that will be packed next, as wide as this side; null: none
  int64_t ahead_step = 0;
  int64_t ahead_rows = 0;
};
// A block that is laid out as the register blocks want it: a side of mma as it is.
template <class Side, int kM, int kN>
struct LaidOut : NoProduct {
  using Element = typename Side::Element;
  static constexpr int kRows = kM;
  static constexpr int kColumns = kN;
  Side side;
  explicit LaidOut(const Side& s) : side(s) {}
};
template <class T, int kM, int kK>
HWY_INLINE MmaLeft<T> left_of(const LaidOut<MmaLeft<T>, kM, kK>& a, int) {
  return a.side;
}
template <class T, int kK, int kN>
HWY_INLINE MmaRight<T> right_of(const LaidOut<MmaRight<T>, kK, kN>& b) {
  return b.side;
}

template <class T, int kM, int kN>
HWY_INLINE MmaLeft<T> left_of(const Tile<T, kM, kN>& a, int block) {
  return {a.data(), Tile<T, kM, kN>::kStride, Tile<T, kM, kN>::kStride * block, AOrder::kRows, kM, kN};
}
template <class T, int kM, int kN>
HWY_INLINE MmaLeft<T> left_of(const Transposed<T, kM, kN>& a, int block) {
  return {a.tile.data(), Tile<T, kM, kN>::kStride, block, AOrder::kDepth, kN, kM};
}
template <class E, Order kOrder, int kM, int kN>
HWY_INLINE auto left_of(const Load<E, kOrder, kM, kN>& a, int block) {
  using T = typename Widened<E>::type;
  static_assert(std::is_same_v<T, std::remove_const_t<E>>,
                "keep() a tile of bf16 before mma: it must be widened");
  return MmaLeft<T>{a.data,
                    a.stride,
                    kOrder == Order::kRows ? a.stride * block : block,
                    kOrder == Order::kRows ? AOrder::kRows : AOrder::kDepth,
                    a.rows,
                    a.columns};
}
template <class T, int kM, int kN>
HWY_INLINE MmaRight<T> right_of(const Tile<T, kM, kN>& b) {
  return {b.data(), Tile<T, kM, kN>::kStride, kM, kN};
}
template <class E, int kM, int kN>
HWY_INLINE auto right_of(const Load<E, Order::kRows, kM, kN>& b) {
  using T = typename Widened<E>::type;
  static_assert(std::is_same_v<T, std::remove_const_t<E>>,
                "keep() a tile of bf16 before mma: it must be widened");
  ASC_CHECK(kMasksAreFree || b.columns % kLanes<T> == 0,
            "keep() a ragged tile before mma: packs of b are read whole");
  return MmaRight<T>{b.data, b.stride, b.rows, b.columns};
}

template <class A, class B, class C>
struct Mma;

// Where the accumulators start: zeros, a tile, or memory.
template <class T>
struct MmaStart {
  const T* data;
  int64_t step;
};
template <class T, int kM, int kN>
HWY_INLINE MmaStart<T> start_of(const Full<T, kM, kN>& zero) {
  ASC_DCHECK(zero.value == T(0), "mma starts from zeros, a tile or a load");
  (void)zero;
  return {nullptr, 0};
}
template <class T, int kM, int kN>
HWY_INLINE MmaStart<T> start_of(const Tile<T, kM, kN>& tile) {
  return {tile.data(), Tile<T, kM, kN>::kStride};
}
template <class T, int kM, int kN>
HWY_INLINE MmaStart<std::remove_const_t<T>> start_of(const Load<T, Order::kRows, kM, kN>& from) {
  return {from.data, from.stride};
}

// The running sum of a product: zeros (nothing is stored for them), or what `start` reads, until the first
// mma is assigned to it. What stays in registers through the only or last mma never comes here.
template <class T, int kM, int kN>
class Accumulator : public NoProduct {
 public:
  using Element = T;
  static constexpr int kRows = kM;
  static constexpr int kColumns = kN;

  template <TileLike Start>
  explicit Accumulator(const Start& start) : start_(start_of(start)) {
    if constexpr (requires { start.rows; }) {
      rows_ = start.rows;
      columns_ = start.columns;
    }
  }
  template <class A, class B>
  Accumulator& operator=(const Mma<A, B, Accumulator>& x) {
    put_product(x, tile_.data(), Tile<T, kM, kN>::kStride, rows_, columns_);
    start_ = start_of(tile_);
    return *this;
  }
  const Tile<T, kM, kN>& tile() const { return tile_; }
  MmaStart<T> start() const { return start_; }

 private:
  MmaStart<T> start_;
  int rows_ = kM, columns_ = kN;
  Tile<T, kM, kN> tile_;
};
template <class T, int kM, int kN>
HWY_INLINE const Tile<T, kM, kN>& value_of(const Accumulator<T, kM, kN>& acc) {
  return acc.tile();
}
template <class T, int kM, int kN>
struct Held<Accumulator<T, kM, kN>> {
  using type = const Accumulator<T, kM, kN>&;
};
template <class T, int kM, int kN>
HWY_INLINE MmaStart<T> start_of(const Accumulator<T, kM, kN>& acc) {
  return acc.start();
}

inline constexpr Target kTarget = HWY_TARGET == HWY_AVX3   ? Target::kAvx512
                                  : HWY_TARGET == HWY_AVX2 ? Target::kAvx2
                                                           : Target::kBaseline;

// The share of the rows ahead of b that block `index` asks for, with the step between them.
template <class T>
HWY_INLINE std::pair<const T*, int64_t> share_of_ahead(const MmaRight<T>& b, int64_t index, int depth) {
  const int64_t first = index * (depth / kDepthOfRowAhead);
  if (first >= b.ahead_rows) return {b.data, 0};
  return {b.ahead + first * b.ahead_step, b.ahead_step};
}

// Runs the blocks of a product, columns outermost so that a panel of b stays in L1, and calls
// done(row, column, rows, columns) after each. The output of a block goes to out(row, column), rows out_step
// apart.
template <class T, class Out, class Done>
HWY_INLINE void run_mma(const MmaLeft<T>& a, const MmaRight<T>& b, const MmaStart<T>& start,
                        RegisterBlock block, const Out& out, int64_t out_step, const Done& done) {
  const MmaTable<T>& table = mma_table<T>();
  const int width = block.packs * kLanes<T>;
  const int depth = std::min(a.depth, b.depth);
  for (int c = 0; c < b.columns; c += width) {
    const int columns = std::min(width, b.columns - c);
    const int packs = (columns + kLanes<T> - 1) / kLanes<T>;
    const int last = columns - (packs - 1) * kLanes<T>;
    for (int r = 0; r < a.rows; r += block.rows) {
      const int rows = std::min(block.rows, a.rows - r);
      const int next = r + block.rows < a.rows ? r + block.rows : 0;
      const T* rows_ahead =
          next == 0 && a.ahead != nullptr ? a.ahead : a.data + next / block.rows * a.block_step;
      const auto [b_ahead, b_ahead_step] = share_of_ahead(b, r / block.rows, depth);
      table.of(a.order, rows, packs)(a.data + r / block.rows * a.block_step, a.step, b.data + c, b.step,
                                     depth, start.data == nullptr ? nullptr : start.data + r * start.step + c,
                                     start.step, out(r, c), out_step, last,
                                     {rows_ahead, out(next, c), b_ahead, b_ahead_step});
      done(r, c, rows, columns);
    }
  }
}

template <class A, class B, class C>
struct Mma {
  using Element = typename C::Element;
  static constexpr int kRows = A::kRows;
  static constexpr int kColumns = B::kColumns;
  static constexpr bool kHasProduct = true;
  static_assert(C::kRows == kRows && C::kColumns == kColumns && A::kColumns == B::kRows,
                "mma of shapes that differ");
  held<A> a;
  held<B> b;
  held<C> acc;
  Mma(const A& x, const B& y, const C& z) : a(x), b(y), acc(z) {}

  HWY_INLINE Pack<Element> pack(const At<Element>& at) const { return load(at.product + at.column % kStep); }
  static constexpr RegisterBlock kBlock = register_block_of<Element>(kTarget, kColumns);
  static constexpr int kStep = kBlock.packs * kLanes<Element>;
};
template <TileLike A, TileLike B, TileLike C>
HWY_INLINE Mma<A, B, C> mma(const A& a, const B& b, const C& acc) {
  return Mma<A, B, C>(a, b, acc);
}

// The mma below an expression: REQUIRES exactly one.
template <class A, class B, class C>
HWY_INLINE const Mma<A, B, C>& product_of(const Mma<A, B, C>& x) {
  return x;
}
template <class F, class... X>
HWY_INLINE const auto& product_of(const Map<F, X...>& x);
template <size_t kFirst, class Parts>
HWY_INLINE const auto& product_among(const Parts& parts) {
  if constexpr (std::remove_cvref_t<std::tuple_element_t<kFirst, Parts>>::kHasProduct) {
    return product_of(std::get<kFirst>(parts));
  } else {
    return product_among<kFirst + 1>(parts);
  }
}
template <class F, class... X>
HWY_INLINE const auto& product_of(const Map<F, X...>& x) {
  static_assert((static_cast<int>(X::kHasProduct) + ...) == 1, "a map takes one product");
  return product_among<0>(x.parts);
}

template <class X>
inline constexpr bool kIsMma = false;
template <class A, class B, class C>
inline constexpr bool kIsMma<Mma<A, B, C>> = true;

// Writes x, which has a product below it, to `to`: rows and columns that exist of it.
template <class X, class E>
HWY_INLINE void put_product(const X& x, E* to, int64_t step, int num_rows, int num_columns) {
  using T = typename X::Element;
  const auto& product = product_of(x);
  using P = std::remove_cvref_t<decltype(product)>;
  MmaLeft<T> a = left_of(product.a, P::kBlock.rows);
  MmaRight<T> b = right_of(product.b);
  a.rows = std::min(a.rows, num_rows);
  b.columns = std::min(b.columns, num_columns);
  const MmaStart<T> start = start_of(product.acc);
  if constexpr (kIsMma<X> && std::is_same_v<T, E>) {
    run_mma(
        a, b, start, P::kBlock, [&](int r, int c) { return to + r * step + c; }, step,
        [](int, int, int, int) {});
  } else {
    alignas(64) T block[P::kBlock.rows * P::kStep];
    run_mma(
        a, b, start, P::kBlock, [&](int, int) { return block; }, P::kStep,
        [&](int r0, int c0, int rows, int columns) HWY_ATTR {
          for (int r = 0; r < rows; ++r) {
            for (int c = 0; c < columns; c += kLanes<T>) {
              const Pack<T> y = x.pack(At<T>{r0 + r, c0 + c, block + r * P::kStep});
              store(y, to + (r0 + r) * step + c0 + c, std::min(kLanes<T>, columns - c));
            }
          }
        });
  }
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
