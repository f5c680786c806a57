// Maps of the tile vocabulary (tile-inl.h): lazy expressions, broadcast as in NumPy.
#if defined(ASCENDER_TILE_CPU_MAP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_MAP_INL_H_
#undef ASCENDER_TILE_CPU_MAP_INL_H_
#else
#define ASCENDER_TILE_CPU_MAP_INL_H_
#endif

#include <algorithm>
#include <tuple>

#include "ascender/tile/cpu/value-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

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
#define ASC_MAP_TILES(name, Name, expression)               \
  struct Name {                                             \
    template <class P, class Q>                             \
    HWY_INLINE static auto of(const P& x, const Q& y) {     \
      return expression;                                    \
    }                                                       \
  };                                                        \
  template <TileLike X, TileLike Y>                         \
  HWY_INLINE Map<Name, X, Y> name(const X& x, const Y& y) { \
    return Map<Name, X, Y>(x, y);                           \
  }
#define ASC_MAP_2(name, Name, expression)                               \
  ASC_MAP_TILES(name, Name, expression)                                 \
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
ASC_MAP_TILES(operator&, AndMap, x& y)
ASC_MAP_TILES(operator|, OrMap, x | y)
#undef ASC_MAP_1
#undef ASC_MAP_2
#undef ASC_MAP_TILES

// A map of your own: F::of(values...) on packs here, on tiles on a GPU; state goes through other arguments.
template <class F, TileLike... X>
HWY_INLINE Map<F, X...> map(const X&... x) {
  return Map<F, X...>(x...);
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

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
