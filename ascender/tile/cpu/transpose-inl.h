// Transposes strips of kLanes<T> rows: what packs a matrix that lies the wrong way round. Blocks of 16 bytes
// are put side by side as they are loaded, then turned inside the blocks: 4 rows x 4 columns (float) or 2 x 2
// (double).
#if defined(ASCENDER_TILE_CPU_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_TRANSPOSE_INL_H_
#undef ASCENDER_TILE_CPU_TRANSPOSE_INL_H_
#else
#define ASCENDER_TILE_CPU_TRANSPOSE_INL_H_
#endif

#include <algorithm>

#include "ascender/tile/cpu/pack-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

// Rows of 16 bytes at `from`, one for each block of a vector: `stride` elements apart.
template <class T>
HWY_INLINE hn::Vec<Vector<T>> load_blocks(const T* from, int64_t stride) {
  const Vector<T> d;
  auto x = hn::LoadDup128(d, from);
  constexpr int kPerBlock = static_cast<int>(16 / sizeof(T));
#pragma GCC unroll 4
  for (int block = 1; block < kVectorLanes<T> / kPerBlock; ++block) {
    const auto before = hn::FirstN(d, static_cast<size_t>(block * kPerBlock));
    x = hn::IfThenElse(before, x, hn::LoadDup128(d, from + block * stride));
  }
  return x;
}

// Columns [0, 16 bytes) of kVectorLanes rows into 4 (2) vectors, one a column.
HWY_INLINE void transpose_step(const float* from, int64_t stride, float* to, int64_t to_stride) {
  const Vector<float> d;
  const hn::RepartitionToWide<hn::RebindToUnsigned<Vector<float>>> wide;
  const auto a = load_blocks(from, 4 * stride), b = load_blocks(from + stride, 4 * stride);
  const auto e = load_blocks(from + 2 * stride, 4 * stride), f = load_blocks(from + 3 * stride, 4 * stride);
  const auto ab = hn::BitCast(wide, hn::InterleaveLower(d, a, b));
  const auto ab2 = hn::BitCast(wide, hn::InterleaveUpper(d, a, b));
  const auto ef = hn::BitCast(wide, hn::InterleaveLower(d, e, f));
  const auto ef2 = hn::BitCast(wide, hn::InterleaveUpper(d, e, f));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, ab, ef)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, ab, ef)), d, to + to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, ab2, ef2)), d, to + 2 * to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, ab2, ef2)), d, to + 3 * to_stride);
}
HWY_INLINE void transpose_step(const double* from, int64_t stride, double* to, int64_t to_stride) {
  const Vector<double> d;
  const auto a = load_blocks(from, 2 * stride), b = load_blocks(from + stride, 2 * stride);
  hn::StoreU(hn::InterleaveLower(d, a, b), d, to);
  hn::StoreU(hn::InterleaveUpper(d, a, b), d, to + to_stride);
}

// to[c][r] = from[r][c] for r < rows <= kLanes<T>, c < columns; lanes r >= rows of `to` become 0. Rows of
// `to` are to_stride apart and hold kLanes<T>.
template <class T, class E>
HWY_INLINE void transpose_strip(const E* from, int64_t stride, int rows, int columns, T* to,
                                int64_t to_stride) {
  int c = 0;
  if constexpr (std::is_same_v<T, E>) {
    constexpr int kPerBlock = static_cast<int>(16 / sizeof(T));
    if (rows == kLanes<T>) {
      for (; c + kPerBlock <= columns; c += kPerBlock) {
#pragma GCC unroll 4
        for (int part = 0; part < kParts<T>; ++part) {
          const int r = part * kVectorLanes<T>;
          transpose_step(from + r * stride + c, stride, to + c * to_stride + r, to_stride);
        }
      }
    }
  }
  for (; c < columns; ++c) {
    for (int r = 0; r < kLanes<T>; ++r) to[c * to_stride + r] = r < rows ? widen(from[r * stride + c]) : T(0);
  }
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
