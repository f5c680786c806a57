// A pack: 64 bytes of numbers in registers, whatever the machine's vectors are (one of 512 bits, two of 256,
// four of 128), so that tails, lanes of a reduction and therefore bits do not depend on the width. Included
// once per target.
//   kLanes<T>                         16 floats, 8 doubles
//   splat<T>(x)  load<T>(p[, n])  store(x, p[, n])   n: only the first n lanes touch memory, the others are 0
//   fma(a, b, c)  + - * /  min max abs sqrt  exp2 exp log tanh sigmoid  < <= > >= ==  select  iota<T>(first)
//   sum(x)  maximum(x)                lanes i and i+8, then i+4, i+2, i+1
#if defined(ASCENDER_TILE_CPU_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_PACK_INL_H_
#undef ASCENDER_TILE_CPU_PACK_INL_H_
#else
#define ASCENDER_TILE_CPU_PACK_INL_H_
#endif

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ascender/tensor/dtype.h"

#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
inline constexpr int kLanes = static_cast<int>(64 / sizeof(T));
template <class T>
using Vector = hn::CappedTag<T, 64 / sizeof(T)>;
template <class T>
inline constexpr int kVectorLanes = static_cast<int>(HWY_MAX_BYTES < 64 ? HWY_MAX_BYTES / sizeof(T)
                                                                        : 64 / sizeof(T));
template <class T>
inline constexpr int kParts = kLanes<T> / kVectorLanes<T>;
// Whether a load of the first n lanes is one instruction that touches nothing else.
inline constexpr bool kMasksAreFree = HWY_TARGET == HWY_AVX3;

template <class T>
struct Pack {
  using Element = T;
  hn::Vec<Vector<T>> part[kParts<T>];
};
template <class T>
struct PackMask {
  hn::Mask<Vector<T>> part[kParts<T>];
};

// Applies f to the vectors of packs one by one.
template <class T, class F, class... P>
HWY_INLINE Pack<T> each(const F& f, const P&... packs) {
  Pack<T> y;
#pragma GCC unroll 4
  for (int i = 0; i < kParts<T>; ++i) y.part[i] = f(packs.part[i]...);
  return y;
}
template <class T, class F, class... P>
HWY_INLINE PackMask<T> each_mask(const F& f, const P&... packs) {
  PackMask<T> y;
#pragma GCC unroll 4
  for (int i = 0; i < kParts<T>; ++i) y.part[i] = f(packs.part[i]...);
  return y;
}

template <class T>
HWY_INLINE Pack<T> splat(T x) {
  return each<T>([&]() HWY_ATTR { return hn::Set(Vector<T>(), x); });
}

// The same number in every place of a value shaped like x.
template <class T>
HWY_INLINE Pack<T> like(const Pack<T>&, std::type_identity_t<T> value) {
  return splat(value);
}

template <class T>
HWY_INLINE Pack<T> load(const T* p) {
  Pack<T> y;
#pragma GCC unroll 4
  for (int i = 0; i < kParts<T>; ++i) y.part[i] = hn::LoadU(Vector<T>(), p + i * kVectorLanes<T>);
  return y;
}

template <class T>
HWY_INLINE Pack<T> load(const T* p, int n) {
  Pack<T> y;
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
#pragma GCC unroll 4
  for (int i = 0; i < kParts<T>; ++i) {
    const int left = n - i * kVectorLanes<T>;
    y.part[i] = hn::MaskedLoad(hn::FirstN(Vector<T>(), static_cast<size_t>(left > 0 ? left : 0)), Vector<T>(),
                               p + (left > 0 ? i * kVectorLanes<T> : 0));
  }
#else
  alignas(64) T buffer[kLanes<T>] = {};
  for (int i = 0; i < n; ++i) buffer[i] = p[i];
  y = load(buffer);
#endif
  return y;
}

// A mask of the first n lanes, and a load under it: only where kMasksAreFree.
template <class T>
HWY_INLINE PackMask<T> first_lanes(int n) {
  PackMask<T> y;
#pragma GCC unroll 4
  for (int i = 0; i < kParts<T>; ++i) {
    const int left = n - i * kVectorLanes<T>;
    y.part[i] = hn::FirstN(Vector<T>(), static_cast<size_t>(left > 0 ? left : 0));
  }
  return y;
}
template <class T>
HWY_INLINE Pack<T> load(const T* p, const PackMask<T>& mask) {
  Pack<T> y;
#pragma GCC unroll 4
  for (int i = 0; i < kParts<T>; ++i)
    y.part[i] = hn::MaskedLoad(mask.part[i], Vector<T>(), p + i * kVectorLanes<T>);
  return y;
}

template <class T>
HWY_INLINE void store(const Pack<T>& x, T* p) {
#pragma GCC unroll 4
  for (int i = 0; i < kParts<T>; ++i) hn::StoreU(x.part[i], Vector<T>(), p + i * kVectorLanes<T>);
}

template <class T>
HWY_INLINE void store(const Pack<T>& x, T* p, int n) {
  if (n >= kLanes<T>) return store(x, p);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
#pragma GCC unroll 4
  for (int i = 0; i < kParts<T>; ++i) {
    const int left = n - i * kVectorLanes<T>;
    if (left > 0) {
      hn::BlendedStore(x.part[i], hn::FirstN(Vector<T>(), static_cast<size_t>(left)), Vector<T>(),
                       p + i * kVectorLanes<T>);
    }
  }
#else
  alignas(64) T buffer[kLanes<T>];
  store(x, buffer);
  for (int i = 0; i < n; ++i) p[i] = buffer[i];
#endif
}

// bf16 is storage: widening is exact, narrowing rounds to nearest even.
HWY_INLINE Pack<float> load(const Bf16* p) {
  Pack<float> y;
  const hn::Rebind<uint16_t, Vector<float>> narrow;
  const hn::Rebind<uint32_t, Vector<float>> wide;
#pragma GCC unroll 4
  for (int i = 0; i < kParts<float>; ++i) {
    const auto bits = hn::LoadU(narrow, &p[i * kVectorLanes<float>].bits);
    y.part[i] = hn::BitCast(Vector<float>(), hn::ShiftLeft<16>(hn::PromoteTo(wide, bits)));
  }
  return y;
}
HWY_INLINE Pack<float> load(const Bf16* p, int n) {
  if (n >= kLanes<float>) return load(p);
  Bf16 buffer[kLanes<float>] = {};
  for (int i = 0; i < n; ++i) buffer[i] = p[i];
  return load(buffer);
}
HWY_INLINE float widen(float x) { return x; }
HWY_INLINE double widen(double x) { return x; }
HWY_INLINE float widen(Bf16 x) { return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16); }
HWY_INLINE Bf16 narrow(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  if (x != x) return {static_cast<uint16_t>(bits >> 16 | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}
HWY_INLINE void store(const Pack<float>& x, Bf16* p, int n = kLanes<float>) {
  alignas(64) float buffer[kLanes<float>];
  store(x, buffer);
  for (int i = 0; i < n; ++i) p[i] = narrow(buffer[i]);
}

#define ASC_PACK_BINARY(name, operation)                                                         \
  template <class T>                                                                             \
  HWY_INLINE Pack<T> name(const Pack<T>& a, const Pack<T>& b) {                                  \
    return each<T>([](const auto& x, const auto& y) HWY_ATTR { return operation(x, y); }, a, b); \
  }
ASC_PACK_BINARY(operator+, hn::Add)
ASC_PACK_BINARY(operator-, hn::Sub)
ASC_PACK_BINARY(operator*, hn::Mul)
ASC_PACK_BINARY(operator/, hn::Div)
ASC_PACK_BINARY(min, hn::Min)
ASC_PACK_BINARY(max, hn::Max)
#undef ASC_PACK_BINARY

#define ASC_PACK_SCALAR(op)                                                     \
  template <class T>                                                            \
  HWY_INLINE Pack<T> operator op(const Pack<T>& a, std::type_identity_t<T> b) { \
    return a op splat<T>(b);                                                    \
  }                                                                             \
  template <class T>                                                            \
  HWY_INLINE Pack<T> operator op(std::type_identity_t<T> a, const Pack<T>& b) { \
    return splat<T>(a) op b;                                                    \
  }
ASC_PACK_SCALAR(+)
ASC_PACK_SCALAR(-)
ASC_PACK_SCALAR(*)
ASC_PACK_SCALAR(/)
#undef ASC_PACK_SCALAR

#define ASC_PACK_UNARY(name, operation)                                  \
  template <class T>                                                     \
  HWY_INLINE Pack<T> name(const Pack<T>& a) {                            \
    return each<T>([](const auto& x) HWY_ATTR { return operation; }, a); \
  }
ASC_PACK_UNARY(abs, hn::Abs(x))
ASC_PACK_UNARY(operator-, hn::Neg(x))
ASC_PACK_UNARY(sqrt, hn::Sqrt(x))
ASC_PACK_UNARY(log, hn::Log(Vector<T>(), x))
ASC_PACK_UNARY(tanh, hn::Tanh(Vector<T>(), x))
#undef ASC_PACK_UNARY

#define ASC_PACK_COMPARE(name, operation)                                                             \
  template <class T>                                                                                  \
  HWY_INLINE PackMask<T> name(const Pack<T>& a, const Pack<T>& b) {                                   \
    return each_mask<T>([](const auto& x, const auto& y) HWY_ATTR { return operation(x, y); }, a, b); \
  }
ASC_PACK_COMPARE(operator<, hn::Lt)
ASC_PACK_COMPARE(operator<=, hn::Le)
ASC_PACK_COMPARE(operator>, hn::Gt)
ASC_PACK_COMPARE(operator>=, hn::Ge)
ASC_PACK_COMPARE(operator==, hn::Eq)
#undef ASC_PACK_COMPARE

template <class T>
HWY_INLINE PackMask<T> operator&(const PackMask<T>& a, const PackMask<T>& b) {
  return each_mask<T>([](const auto& x, const auto& y) HWY_ATTR { return hn::And(x, y); }, a, b);
}
template <class T>
HWY_INLINE PackMask<T> operator|(const PackMask<T>& a, const PackMask<T>& b) {
  return each_mask<T>([](const auto& x, const auto& y) HWY_ATTR { return hn::Or(x, y); }, a, b);
}
template <class T>
HWY_INLINE Pack<T> select(const PackMask<T>& mask, const Pack<T>& yes, const Pack<T>& no) {
  return each<T>([](const auto& m, const auto& x, const auto& y) HWY_ATTR { return hn::IfThenElse(m, x, y); },
                 mask, yes, no);
}

// a * b + c: one rounding where the target has the instruction (all but the baseline of x86).
template <class T>
HWY_INLINE Pack<T> fma(const Pack<T>& a, const Pack<T>& b, const Pack<T>& c) {
  return each<T>([](const auto& x, const auto& y, const auto& z) HWY_ATTR { return hn::MulAdd(x, y, z); }, a,
                 b, c);
}

template <class T>
HWY_INLINE Pack<T> iota(T first) {
  Pack<T> y;
#pragma GCC unroll 4
  for (int i = 0; i < kParts<T>; ++i)
    y.part[i] = hn::Iota(Vector<T>(), first + static_cast<T>(i * kVectorLanes<T>));
  return y;
}

// 2^x = 2^n (1 + f p(f)), n = round(x), |f| <= 1/2; p interpolates (2^f - 1) / f at the Chebyshev nodes,
// relative error 5e-9 (float), 9e-18 (double) before rounding. Below the smallest normal number the result is
// 0; exp2(0) = 1.
struct Exp2Table {
  static constexpr float kFloat[] = {0.69314718802622877f,   0.24022650760568126f,   0.055503571142190782f,
                                     0.0096180825572778524f, 0.0013390863364671234f, 0.00015453162945120691f};
  static constexpr double kDouble[] = {0.69314718055994529,    0.24022650695910097,    0.055504108664821597,
                                       0.0096181291076068882,  0.0013333558146416936,  0.0001540353044173605,
                                       1.5252733829836119e-05, 1.3215442587921689e-06, 1.0178062445845774e-07,
                                       7.0725859492692234e-09, 4.4549605981865186e-10};
};

// 2^f for |f| <= 1/2, times 2^n for whole n.
template <class V>
HWY_INLINE V scaled_exp2(V f, V n) {
  using T = hn::TFromV<V>;
  constexpr bool kSingle = sizeof(T) == 4;
  const Vector<T> d;
  const hn::RebindToSigned<Vector<T>> integers;
  constexpr int kTerms = kSingle ? 6 : 11;
  const auto term = [](int i) -> T {
    if constexpr (kSingle) {
      return Exp2Table::kFloat[i];
    } else {
      return Exp2Table::kDouble[i];
    }
  };
  V p = hn::Set(d, term(kTerms - 1));
#pragma GCC unroll 12
  for (int i = kTerms - 2; i >= 0; --i) p = hn::MulAdd(p, f, hn::Set(d, term(i)));
  // 2 (1 + f p) 2^(n-1), so that n = 128 does not overflow on the way.
  p = hn::MulAdd(p, hn::Add(f, f), hn::Set(d, T(2)));
  constexpr int kBias = kSingle ? 126 : 1022;
  constexpr int kMantissa = kSingle ? 23 : 52;
  const auto exponent = hn::ConvertTo(integers, hn::Add(n, hn::Set(d, T(kBias))));
  const V y = hn::Mul(p, hn::BitCast(d, hn::ShiftLeft<kMantissa>(exponent)));
  return hn::IfThenElse(hn::Lt(n, hn::Set(d, T(1 - kBias))), hn::Zero(d), y);
}

template <class V>
HWY_INLINE V exp2_vector(V x) {
  using T = hn::TFromV<V>;
  const Vector<T> d;
  constexpr T kMost = sizeof(T) == 4 ? T(128) : T(1024);
  const V clamped = hn::Max(hn::Min(x, hn::Set(d, kMost)), hn::Set(d, -kMost));
  const V n = hn::Round(clamped);
  const V y = scaled_exp2<V>(hn::Sub(clamped, n), n);
  const V more =
      hn::IfThenElse(hn::Ge(x, hn::Set(d, kMost)), hn::Set(d, std::numeric_limits<T>::infinity()), y);
  return hn::IfThenElse(hn::Eq(x, x), more, x);
}

// exp(x) = 2^n exp(r): r = x - n ln 2 in two steps (Cody and Waite), so that large |x| keep their digits.
template <class V>
HWY_INLINE V exp_vector(V x) {
  using T = hn::TFromV<V>;
  const Vector<T> d;
  constexpr T kMost = sizeof(T) == 4 ? T(88.72283) : T(709.782712893384);
  const V clamped = hn::Max(hn::Min(x, hn::Set(d, kMost)), hn::Set(d, -kMost));
  const V n = hn::Round(hn::Mul(clamped, hn::Set(d, T(1.4426950408889634))));
  V r = hn::NegMulAdd(n, hn::Set(d, T(0.693145751953125)), clamped);
  r = hn::NegMulAdd(n, hn::Set(d, T(1.4286068203094172e-6)), r);
  const V y = scaled_exp2<V>(hn::Mul(r, hn::Set(d, T(1.4426950408889634))), n);
  const V more =
      hn::IfThenElse(hn::Gt(x, hn::Set(d, kMost)), hn::Set(d, std::numeric_limits<T>::infinity()), y);
  return hn::IfThenElse(hn::Eq(x, x), more, x);
}

template <class T>
HWY_INLINE Pack<T> exp2(const Pack<T>& a) {
  return each<T>([](const auto& x) HWY_ATTR { return exp2_vector(x); }, a);
}
template <class T>
HWY_INLINE Pack<T> exp(const Pack<T>& a) {
  return each<T>([](const auto& x) HWY_ATTR { return exp_vector(x); }, a);
}
// 1 / (1 + exp(-x))
template <class T>
HWY_INLINE Pack<T> sigmoid(const Pack<T>& x) {
  return splat(T(1)) / (splat(T(1)) + exp(-x));
}

namespace detail {

// Folds the lanes of one vector: the upper half onto the lower until 16 bytes are left, then by pairs.
template <class D, class V, class F>
HWY_INLINE hn::TFromD<D> fold_vector(D d, V x, const F& f) {
  if constexpr (HWY_MAX_BYTES > 16 && hn::MaxLanes(d) * sizeof(hn::TFromD<D>) > 16) {
    const hn::Half<D> half;
    return fold_vector(half, f(hn::LowerHalf(half, x), hn::UpperHalf(half, x)), f);
  } else if constexpr (sizeof(hn::TFromD<D>) == 4) {
    const V pairs = f(x, hn::Shuffle1032(x));
    return hn::GetLane(f(pairs, hn::Shuffle2301(pairs)));
  } else {
    return hn::GetLane(f(x, hn::Shuffle01(x)));
  }
}

template <class T, class F>
HWY_INLINE T fold(const Pack<T>& x, const F& f) {
  if constexpr (kParts<T> == 1) {
    return fold_vector(Vector<T>(), x.part[0], f);
  } else if constexpr (kParts<T> == 2) {
    return fold_vector(Vector<T>(), f(x.part[0], x.part[1]), f);
  } else {
    return fold_vector(Vector<T>(), f(f(x.part[0], x.part[2]), f(x.part[1], x.part[3])), f);
  }
}

}  // namespace detail

template <class T>
HWY_INLINE T sum(const Pack<T>& x) {
  return detail::fold(x, [](const auto& a, const auto& b) HWY_ATTR { return hn::Add(a, b); });
}
template <class T>
HWY_INLINE T maximum(const Pack<T>& x) {
  return detail::fold(x, [](const auto& a, const auto& b) HWY_ATTR { return hn::Max(a, b); });
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
