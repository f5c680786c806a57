// Bodies of the register blocks of mma.h, for one element type. Included once per target by mma_f32.cc and
// mma_f64.cc.
#if defined(ASCENDER_TILE_CPU_MMA_KERNELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_MMA_KERNELS_INL_H_
#undef ASCENDER_TILE_CPU_MMA_KERNELS_INL_H_
#else
#define ASCENDER_TILE_CPU_MMA_KERNELS_INL_H_
#endif

#include <algorithm>
#include <utility>

#include "ascender/tile/cpu/mma.h"
#include "ascender/tile/cpu/pack-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

// Largest block of this target: accumulators and operands stay in registers.
inline constexpr int kBlockRows = HWY_TARGET == HWY_AVX3 ? 12 : HWY_TARGET == HWY_AVX2 ? 6 : 3;
inline constexpr int kBlockPacks = HWY_TARGET == HWY_AVX3 ? 4 : 1;

template <class T>
HWY_INLINE Pack<T> load_last(const T* p, [[maybe_unused]] const PackMask<T>& mask) {
  if constexpr (kMasksAreFree) {
    return load(p, mask);
  } else {
    return load(p);
  }
}

// What the next block needs is asked for a little at a time: requests in a burst would hold up the loads of
// this one.
inline constexpr int64_t kStretch = 4;
template <class T>
inline constexpr int64_t kLine = 64 / sizeof(T);
template <int kP, int kWrite, int kLocality, class T>
HWY_INLINE void prefetch_slice(const T* from) {
#pragma GCC unroll 4
  for (int p = 0; p < kP; ++p) __builtin_prefetch(from + p * kLanes<T>, kWrite, kLocality);
}
template <int kR, class T>
HWY_INLINE void prefetch_rows(const T* from, int64_t step) {
#pragma GCC unroll 12
  for (int r = 0; r < kR; ++r) __builtin_prefetch(from + r * step, 0, 3);
}

template <class T, int kR, int kP, AOrder kOrder>
void register_block(const T* a, int64_t a_step, const T* b, int64_t b_step, int64_t depth, const T* start,
                    int64_t start_step, T* out, int64_t out_step, int last, const MmaAhead<T>& ahead) {
  constexpr int kL = kLanes<T>;
  Pack<T> c[kR][kP];
  if (start == nullptr) {
#pragma GCC unroll 12
    for (int r = 0; r < kR; ++r)
#pragma GCC unroll 4
      for (int p = 0; p < kP; ++p) c[r][p] = splat(T(0));
  } else {
#pragma GCC unroll 12
    for (int r = 0; r < kR; ++r)
#pragma GCC unroll 4
      for (int p = 0; p < kP; ++p) {
        const T* from = start + r * start_step + p * kL;
        c[r][p] = p + 1 < kP || last == kL ? load(from) : load(from, last);
      }
  }
  const PackMask<T> mask = first_lanes<T>(last);
  const T* a_ahead = ahead.a;
  const T* out_ahead = ahead.out;
  const T* b_ahead = ahead.b;
  for (int64_t k = 0; k < depth;) {
    const int64_t end = std::min(depth, k + kStretch);
    if (k < kR * kStretch) {
      prefetch_slice<kP, 1, 3>(out_ahead);
      out_ahead += out_step;
    }
    if (k % kDepthOfRowAhead == 0) {
      prefetch_slice<kP, 0, 2>(b_ahead);
      b_ahead += ahead.b_step;
    }
    if constexpr (kOrder == AOrder::kRows) {
      if (k % kLine<T> == 0) prefetch_rows<kR>(a_ahead + k, a_step);
    }
    for (; k < end; ++k) {
      Pack<T> bk[kP];
#pragma GCC unroll 4
      for (int p = 0; p < kP; ++p) bk[p] = p + 1 < kP ? load(b + p * kL) : load_last(b + p * kL, mask);
#pragma GCC unroll 12
      for (int r = 0; r < kR; ++r) {
        const Pack<T> ak = splat(kOrder == AOrder::kRows ? a[r * a_step + k] : a[r]);
#pragma GCC unroll 4
        for (int p = 0; p < kP; ++p) c[r][p] = fma(ak, bk[p], c[r][p]);
      }
      b += b_step;
      if constexpr (kOrder == AOrder::kDepth) {
        __builtin_prefetch(a_ahead, 0, 3);
        a_ahead += a_step;
        a += a_step;
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < kR; ++r)
#pragma GCC unroll 4
    for (int p = 0; p < kP; ++p) {
      T* to = out + r * out_step + p * kL;
      if (p + 1 < kP || last == kL) {
        store(c[r][p], to);
      } else {
        store(c[r][p], to, last);
      }
    }
}

template <class T, int kIndex>
constexpr void fill_entry(MmaTable<T>& table) {
  constexpr int kP = kIndex % kMostPacks + 1;
  constexpr int kR = kIndex / kMostPacks + 1;
  if constexpr (is_register_block(kR, kP) && kR <= kBlockRows && kP <= kBlockPacks) {
    table.kernels[0][kR - 1][kP - 1] = &register_block<T, kR, kP, AOrder::kRows>;
    table.kernels[1][kR - 1][kP - 1] = &register_block<T, kR, kP, AOrder::kDepth>;
  }
}

template <class T>
constexpr MmaTable<T> make_mma_table() {
  MmaTable<T> table;
  [&]<int... kIndex>(std::integer_sequence<int, kIndex...>) { (fill_entry<T, kIndex>(table), ...); }
  (std::make_integer_sequence<int, kMostRows * kMostPacks>());
  return table;
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
