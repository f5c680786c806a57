// What the small kernels share on top of packs: rows walked pack by pack with a tail, sums in fixed virtual
// lanes (four packs, joined in a fixed order), and f32 memory seen in double. Included once per target.
#if defined(ASCENDER_KERNELS_PACKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_KERNELS_PACKS_INL_H_
#undef ASCENDER_KERNELS_PACKS_INL_H_
#else
#define ASCENDER_KERNELS_PACKS_INL_H_
#endif

#include "ascender/tile/cpu/pack-inl.h"

// On the lambda that handles a pack: it is called from an unrolled loop and its tail, and has to be part of
// each, since packs passed through memory cost four times the arithmetic.
#undef ASC_LANES
#define ASC_LANES HWY_ATTR __attribute__((always_inline))

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

// A place in a row: a whole pack, or its first n lanes.
struct Whole {};
struct First {
  int n;
};

template <class T>
HWY_INLINE Pack<T> load_at(const T* p, Whole) {
  return load(p);
}
template <class T>
HWY_INLINE Pack<T> load_at(const T* p, First first) {
  return load(p, first.n);
}
template <class T>
HWY_INLINE void store_at(const Pack<T>& x, T* p, Whole) {
  store(x, p);
}
template <class T>
HWY_INLINE void store_at(const Pack<T>& x, T* p, First first) {
  store(x, p, first.n);
}

// x where there is an element, `other` beyond.
template <class T>
HWY_INLINE Pack<T> keep_or(const Pack<T>& x, Whole, T) {
  return x;
}
template <class T>
HWY_INLINE Pack<T> keep_or(const Pack<T>& x, First first, T other) {
  return select(iota<T>(T(0)) < splat(static_cast<T>(first.n)), x, splat(other));
}

// The same with f32 memory computed on in double.
HWY_INLINE Pack<double> load_wide(const double* p, Whole) { return load(p); }
HWY_INLINE Pack<double> load_wide(const double* p, First first) { return load(p, first.n); }
HWY_INLINE Pack<double> load_wide(const float* p, Whole) {
  Pack<double> y;
#pragma GCC unroll 4
  for (int i = 0; i < kParts<double>; ++i) {
    const hn::Rebind<float, Vector<double>> narrow;
    y.part[i] = hn::PromoteTo(Vector<double>(), hn::LoadU(narrow, p + i * kVectorLanes<double>));
  }
  return y;
}
HWY_INLINE Pack<double> load_wide(const float* p, First first) {
  float buffer[kLanes<double>] = {};
  for (int i = 0; i < first.n; ++i) buffer[i] = p[i];
  return load_wide(buffer, Whole{});
}
template <class Part>
HWY_INLINE void store_narrow(const Pack<double>& x, double* p, Part part) {
  store_at(x, p, part);
}
HWY_INLINE void store_narrow(const Pack<double>& x, float* p, Whole) {
#pragma GCC unroll 4
  for (int i = 0; i < kParts<double>; ++i) {
    const hn::Rebind<float, Vector<double>> narrow;
    hn::StoreU(hn::DemoteTo(narrow, x.part[i]), narrow, p + i * kVectorLanes<double>);
  }
}
HWY_INLINE void store_narrow(const Pack<double>& x, float* p, First first) {
  float buffer[kLanes<double>];
  store_narrow(x, buffer, Whole{});
  for (int i = 0; i < first.n; ++i) p[i] = buffer[i];
}

// Memory of T computed on in A: f32 in f32 or f64, f64 in f64.
template <class A, class T, class Part>
HWY_INLINE Pack<A> load_as(const T* p, Part part) {
  if constexpr (sizeof(A) == sizeof(T)) {
    return load_at(p, part);
  } else {
    return load_wide(p, part);
  }
}
template <class T, class A, class Part>
HWY_INLINE void store_as(const Pack<A>& x, T* p, Part part) {
  if constexpr (sizeof(A) == sizeof(T)) {
    store_at(x, p, part);
  } else {
    store_narrow(x, p, part);
  }
}

// f(c, part) for the packs of a row of n elements.
template <class T, class F>
HWY_INLINE void each_pack(int64_t n, const F& f) {
  int64_t c = 0;
  for (; c + kLanes<T> <= n; c += kLanes<T>) f(c, Whole{});
  if (c < n) f(c, First{static_cast<int>(n - c)});
}

// acc = f(acc, c, part) over the packs of a row: pack i adds into accumulator i mod 4 as long as four are
// left, then into the first; joined as (0 + 1) + (2 + 3).
template <class T, class A, class F, class Join>
HWY_INLINE A fold_packs(int64_t n, const A& start, const F& f, const Join& join) {
  constexpr int64_t kStep = kLanes<T>;
  A a = start, b = start, c = start, d = start;
  int64_t i = 0;
  for (; i + 4 * kStep <= n; i += 4 * kStep) {
    a = f(a, i, Whole{});
    b = f(b, i + kStep, Whole{});
    c = f(c, i + 2 * kStep, Whole{});
    d = f(d, i + 3 * kStep, Whole{});
  }
  for (; i + kStep <= n; i += kStep) a = f(a, i, Whole{});
  if (i < n) a = f(a, i, First{static_cast<int>(n - i)});
  return join(join(a, b), join(c, d));
}

template <class T, class F>
HWY_INLINE T sum_packs(int64_t n, const F& f) {
  return sum(
      fold_packs<T>(n, splat(T(0)), f, [](const Pack<T>& a, const Pack<T>& b) ASC_LANES { return a + b; }));
}
template <class T, class F>
HWY_INLINE T maximum_packs(int64_t n, T start, const F& f) {
  return maximum(fold_packs<T>(n, splat(start), f,
                               [](const Pack<T>& a, const Pack<T>& b) ASC_LANES { return max(a, b); }));
}

// y (+)= x
template <class T, class Part>
HWY_INLINE void put(const Pack<T>& x, T* p, Part part, bool adding) {
  store_at(adding ? load_at(p, part) + x : x, p, part);
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
