// The tile vocabulary on a CPU. The same names on a GPU: ascender/tile/cuda/tile.h; the same body counted
// instead of run: ascender/tile/count/tile.h; operation by operation: docs/tiles.md. Included once per
// target; a kernel's body lives in namespace ascender::ASC_TILE_NAMESPACE.
//
// Values
//   Tile<T, M, N>             numbers of compile-time shape, rows padded to 64 bytes; lives where it is
//   declared (the
//                             stack: L1). T is float or double. Tile<T, M, 1> is a column, Tile<T, 1, N> a
//                             row.
//   zeros<T, M, N>()  full<T, M, N>(x)  row_index<T, M>(first)  column_index<T, N>(first)
// Memory
//   View<E, Order>{data, rows, columns, stride}: E float, double or Bf16; Order::kRows (columns contiguous)
//   or
//                             Order::kColumns (rows contiguous: the transpose of a matrix, in place)
//   partition<M, N>(view)     cuts it into a grid of tiles: .load(i, j), .load_masked(i, j), .store(x, i, j),
//                             .store_masked(x, i, j). Masked: what lies outside is 0, and is not written.
// Maps (lazy: nothing is computed before a tile is assigned, reduced or stored; shapes broadcast as in NumPy;
// an expression refers to its tiles, so finish it in the statement that builds it, or keep() it)
//   map<F>(x...): F::of on the numbers of each place, for chains that use a value twice
//   + - * /  min max  fma(a, b, c)  exp2 exp log tanh sigmoid sqrt abs  < <= > >= ==  & |  select(mask, a, b)
//   assign(tile, x) or Tile t = x; keep(x): the value of x as a Tile.
// Reductions (at once, in a fixed order)
//   sum<1>(x), reduce_max<1>(x): over columns, a column; sum<0>(x), reduce_max<0>(x): over rows, a row.
//   assign_sum<1>(tile, x), assign_max<1>(tile, x): assign and reduce what was assigned in one pass.
// Products
//   mma(a, b, acc)            acc + a b; a: a tile, transpose(tile) or a load; b: a tile or a load of
//   Order::kRows.
//                             Lazy too: assign it (to acc itself or another tile), or store a map of it,
//                             which runs on each register block while it is hot. Rows and columns outside a
//                             masked load are skipped; their elements of the result are those of acc.
//   Accumulator<T, M, N> acc(start)   start: zeros or a load; acc = mma(a, b, acc) again and again, then
//   store a map of
//                             the last mma: nothing is written for zeros, and a single mma stays in
//                             registers.
//   transpose(tile)           as `a` of mma: free. As a value: keep(transpose(tile)).
#if defined(ASCENDER_TILE_CPU_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_TILE_INL_H_
#undef ASCENDER_TILE_CPU_TILE_INL_H_
#else
#define ASCENDER_TILE_CPU_TILE_INL_H_
#endif

#include <algorithm>
#include <concepts>
#include <limits>
#include <tuple>
#include <type_traits>

#include "ascender/base/check.h"
#include "ascender/tile/cpu/mma.h"
#include "ascender/tile/cpu/pack-inl.h"
#include "ascender/tile/cpu/transpose-inl.h"
#include "ascender/tile/schedule.h"
#include "ascender/tile/target.h"

// A body's namespace and what stands before its functions; each backend defines its own.
#undef ASC_TILE_NAMESPACE
#define ASC_TILE_NAMESPACE HWY_NAMESPACE
#undef ASC_TILE
#define ASC_TILE inline

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

// ---- maps
// ----------------------------------------------------------------------------------------------------------

template <class... X>
inline constexpr int kRowsOf = std::max({X::kRows...});
template <class... X>
inline constexpr int kColumnsOf = std::max({X::kColumns...});
template <class... X>
inline constexpr bool kBroadcasts = ((X::kRows == 1 || X::kRows == kRowsOf<X...>)&&...) &&
                                    ((X::kColumns == 1 || X::kColumns == kColumnsOf<X...>)&&...);

template <class F, class... X>
struct Map {
  static_assert(kBroadcasts<X...>, "shapes must be equal or 1");
  using Element = typename std::tuple_element_t<0, std::tuple<X...>>::Element;
  static constexpr int kRows = kRowsOf<X...>;
  static constexpr int kColumns = kColumnsOf<X...>;
  static constexpr bool kHasProduct = (X::kHasProduct || ...);
  std::tuple<held<X>...> parts;
  explicit Map(const X&... x) : parts(x...) {}
  HWY_INLINE auto pack(const At<Element>& at) const {
    return std::apply([&](const auto&... x) HWY_ATTR { return F::of(x.pack(at)...); }, parts);
  }
  HWY_INLINE auto down(int row) const {
    return std::apply([&](const auto&... x) HWY_ATTR { return F::of(x.down(row)...); }, parts);
  }
};

template <class T>
HWY_INLINE Full<T, 1, 1> scalar(T x) {
  return Full<T, 1, 1>(x);
}

#define ASC_MAP_1(name, Name)                \
  struct Name {                              \
    template <class P>                       \
    HWY_INLINE static auto of(const P& x) {  \
      return name(x);                        \
    }                                        \
  };                                         \
  template <TileLike X>                      \
  HWY_INLINE Map<Name, X> name(const X& x) { \
    return Map<Name, X>(x);                  \
  }
#define ASC_MAP_2(name, Name, expression)                               \
  struct Name {                                                         \
    template <class P, class Q>                                         \
    HWY_INLINE static auto of(const P& x, const Q& y) {                 \
      return expression;                                                \
    }                                                                   \
  };                                                                    \
  template <TileLike X, TileLike Y>                                     \
  HWY_INLINE Map<Name, X, Y> name(const X& x, const Y& y) {             \
    return Map<Name, X, Y>(x, y);                                       \
  }                                                                     \
  template <TileLike X>                                                 \
  HWY_INLINE auto name(const X& x, typename X::Element y) {             \
    return Map<Name, X, Full<typename X::Element, 1, 1>>(x, scalar(y)); \
  }                                                                     \
  template <TileLike Y>                                                 \
  HWY_INLINE auto name(typename Y::Element x, const Y& y) {             \
    return Map<Name, Full<typename Y::Element, 1, 1>, Y>(scalar(x), y); \
  }
ASC_MAP_1(abs, AbsMap)
ASC_MAP_1(sqrt, SqrtMap)
ASC_MAP_1(exp2, Exp2Map)
ASC_MAP_1(exp, ExpMap)
ASC_MAP_1(log, LogMap)
ASC_MAP_1(tanh, TanhMap)
ASC_MAP_1(sigmoid, SigmoidMap)
ASC_MAP_2(operator+, AddMap, x + y)
ASC_MAP_2(operator-, SubtractMap, x - y)
ASC_MAP_2(operator*, MultiplyMap, x* y)
ASC_MAP_2(operator/, DivideMap, x / y)
ASC_MAP_2(min, MinMap, min(x, y))
ASC_MAP_2(max, MaxMap, max(x, y))
ASC_MAP_2(operator<, LessMap, x < y)
ASC_MAP_2(operator<=, LessEqualMap, x <= y)
ASC_MAP_2(operator>, GreaterMap, x > y)
ASC_MAP_2(operator>=, GreaterEqualMap, x >= y)
ASC_MAP_2(operator==, EqualMap, x == y)
#undef ASC_MAP_1
#undef ASC_MAP_2

// A map of your own: F::of(values...) on packs here, on tiles on a GPU; state goes through other arguments.
template <class F, TileLike... X>
HWY_INLINE Map<F, X...> map(const X&... x) {
  return Map<F, X...>(x...);
}

struct AndMap {
  template <class P>
  HWY_INLINE static auto of(const P& x, const P& y) {
    return x & y;
  }
};
struct OrMap {
  template <class P>
  HWY_INLINE static auto of(const P& x, const P& y) {
    return x | y;
  }
};
template <TileLike X, TileLike Y>
HWY_INLINE Map<AndMap, X, Y> operator&(const X& x, const Y& y) {
  return Map<AndMap, X, Y>(x, y);
}
template <TileLike X, TileLike Y>
HWY_INLINE Map<OrMap, X, Y> operator|(const X& x, const Y& y) {
  return Map<OrMap, X, Y>(x, y);
}

struct SelectMap {
  template <class M, class P>
  HWY_INLINE static P of(const M& mask, const P& x, const P& y) {
    return select(mask, x, y);
  }
};
template <TileLike M, TileLike X, TileLike Y>
HWY_INLINE Map<SelectMap, M, X, Y> select(const M& mask, const X& x, const Y& y) {
  return Map<SelectMap, M, X, Y>(mask, x, y);
}
template <TileLike M, TileLike X>
HWY_INLINE auto select(const M& mask, const X& x, typename X::Element y) {
  return Map<SelectMap, M, X, Full<typename X::Element, 1, 1>>(mask, x, scalar(y));
}

struct FmaMap {
  template <class P>
  HWY_INLINE static P of(const P& x, const P& y, const P& z) {
    return fma(x, y, z);
  }
};
template <TileLike X, TileLike Y, TileLike Z>
HWY_INLINE Map<FmaMap, X, Y, Z> fma(const X& x, const Y& y, const Z& z) {
  return Map<FmaMap, X, Y, Z>(x, y, z);
}
template <TileLike X, TileLike Z>
HWY_INLINE auto fma(const X& x, typename X::Element y, const Z& z) {
  return Map<FmaMap, X, Full<typename X::Element, 1, 1>, Z>(x, scalar(y), z);
}
template <TileLike X>
HWY_INLINE auto operator-(const X& x) {
  return Map<SubtractMap, Full<typename X::Element, 1, 1>, X>(scalar(typename X::Element(0)), x);
}

template <class T, int kM, int kN>
struct Transposed {
  using Element = T;
  static constexpr int kRows = kN;
  static constexpr int kColumns = kM;
  const Tile<T, kM, kN>& tile;
};
template <class T, int kM, int kN>
HWY_INLINE Transposed<T, kM, kN> transpose(const Tile<T, kM, kN>& tile) {
  return {tile};
}

// ---- memory
// --------------------------------------------------------------------------------------------------------

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

// ---- products
// ------------------------------------------------------------------------------------------------------

// One side of a product as the register blocks read it.
template <class T>
struct MmaLeft {
  const T* data;
  int64_t step;        // from row to row, or from k to k
  int64_t block_step;  // from one register block of rows to the next
  AOrder order;
  int rows;
  int depth;
  const T* ahead =
      nullptr;  // kDepth: where the block that follows begins, to be asked for while this one runs
};
// A block of A already laid out as the register blocks want it: a side of mma as it is.
template <class T, int kM, int kK>
struct LeftLoad : NoProduct {
  using Element = T;
  static constexpr int kRows = kM;
  static constexpr int kColumns = kK;
  MmaLeft<T> left;
  explicit LeftLoad(const MmaLeft<T>& l) : left(l) {}
};
template <class T, int kM, int kK>
HWY_INLINE MmaLeft<T> left_of(const LeftLoad<T, kM, kK>& a, int) {
  return a.left;
}

template <class T>
struct MmaRight {
  const T* data;
  int64_t step;  // from k to k
  int depth;
  int columns;
};

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

// Asks for the rows of a block to come: each begins far from the last, so the hardware would find out late.
template <class T>
HWY_INLINE void prefetch_rows(const MmaLeft<T>& a, int row, int count, int depth) {
  const T* from = a.data + row / count * a.block_step;
  for (int r = 0; r < std::min(count, a.rows - row); ++r) {
    for (int k = 0; k < depth; k += 2 * kLanes<T>) __builtin_prefetch(from + r * a.step + k, 0, 3);
  }
}

// The same for slices of depth, a share of the block that follows with each register block of this one: its
// lines are too far apart for the hardware to foresee.
template <class T>
HWY_INLINE void prefetch_slices(const MmaLeft<T>& a, int row, int count, int depth) {
  const int begin = static_cast<int>(static_cast<int64_t>(depth) * row / a.rows);
  const int end = static_cast<int>(static_cast<int64_t>(depth) * std::min(row + count, a.rows) / a.rows);
  for (int k = begin; k < end; ++k) {
    for (int r = 0; r < a.rows; r += kLanes<T>) __builtin_prefetch(a.ahead + k * a.step + r, 0, 2);
  }
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
      if (a.order == AOrder::kRows && r + block.rows < a.rows)
        prefetch_rows(a, r + block.rows, block.rows, depth);
      if (a.ahead != nullptr) prefetch_slices(a, r, block.rows, depth);
      table.of(a.order, rows, packs)(a.data + r / block.rows * a.block_step, a.step, b.data + c, b.step,
                                     depth, start.data == nullptr ? nullptr : start.data + r * start.step + c,
                                     start.step, out(r, c), out_step, last);
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

// ---- assignment
// ----------------------------------------------------------------------------------------------------

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

// ---- reductions
// ----------------------------------------------------------------------------------------------------

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
