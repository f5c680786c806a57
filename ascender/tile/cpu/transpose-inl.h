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

// 16 bytes at each of row(first), row(first + step), ..: one for each block of a vector. Floats are put into
// their block as they are loaded, which is fastest; g++ 12 stops at that with an internal error for doubles.
template <class D, class Row>
HWY_INLINE hn::Vec<D> load_blocks(D d, const Row& row, int first, int step) {
  using T = hn::TFromD<D>;
  constexpr int kPerBlock = static_cast<int>(16 / sizeof(T));
  constexpr int kBlocks = static_cast<int>(hn::MaxLanes(d)) / kPerBlock;
  if constexpr (kBlocks == 1) {
    return hn::LoadU(d, row(first));
  } else if constexpr (sizeof(T) == 8) {
    constexpr hn::Half<D> half;
    return hn::Combine(d, load_blocks(half, row, first + kBlocks / 2 * step, step),
                       load_blocks(half, row, first, step));
  } else {
    auto x = hn::LoadDup128(d, row(first));
#pragma GCC unroll 4
    for (int block = 1; block < kBlocks; ++block) {
      const auto before = hn::FirstN(d, static_cast<size_t>(block * kPerBlock));
      x = hn::IfThenElse(before, x, hn::LoadDup128(d, row(first + block * step)));
    }
    return x;
  }
}

// Columns [0, 16 bytes) of kVectorLanes rows, 4 (2) vectors: put(column, vector).
template <class Row, class Put>
HWY_INLINE void transpose_step(float, const Row& row, const Put& put) {
  const Vector<float> d;
  const hn::RepartitionToWide<hn::RebindToUnsigned<Vector<float>>> wide;
  const auto a = load_blocks(d, row, 0, 4), b = load_blocks(d, row, 1, 4);
  const auto e = load_blocks(d, row, 2, 4), f = load_blocks(d, row, 3, 4);
  const auto ab = hn::BitCast(wide, hn::InterleaveLower(d, a, b));
  const auto ab2 = hn::BitCast(wide, hn::InterleaveUpper(d, a, b));
  const auto ef = hn::BitCast(wide, hn::InterleaveLower(d, e, f));
  const auto ef2 = hn::BitCast(wide, hn::InterleaveUpper(d, e, f));
  put(0, hn::BitCast(d, hn::InterleaveLower(wide, ab, ef)));
  put(1, hn::BitCast(d, hn::InterleaveUpper(wide, ab, ef)));
  put(2, hn::BitCast(d, hn::InterleaveLower(wide, ab2, ef2)));
  put(3, hn::BitCast(d, hn::InterleaveUpper(wide, ab2, ef2)));
}
template <class Row, class Put>
HWY_INLINE void transpose_step(double, const Row& row, const Put& put) {
  const Vector<double> d;
  const auto a = load_blocks(d, row, 0, 2), b = load_blocks(d, row, 1, 2);
  put(0, hn::InterleaveLower(d, a, b));
  put(1, hn::InterleaveUpper(d, a, b));
}

// The first `columns` of a strip, a multiple of 16 bytes. A strip that is not whole reads its last row again
// for those that do not exist, and clears their lanes.
template <bool kWhole, class T>
HWY_INLINE void transpose_columns(const T* from, int64_t stride, int rows, int columns, T* to,
                                  int64_t to_stride) {
  constexpr int kPerBlock = static_cast<int>(16 / sizeof(T));
  for (int c = 0; c < columns; c += kPerBlock) {
#pragma GCC unroll 4
    for (int part = 0; part < kParts<T>; ++part) {
      const int r = part * kVectorLanes<T>;
      transpose_step(
          T(0),
          [&](int i) HWY_ATTR { return from + (kWhole ? r + i : std::min(r + i, rows - 1)) * stride + c; },
          [&](int i, const auto& x) HWY_ATTR {
            const Vector<T> d;
            const auto there = hn::FirstN(d, static_cast<size_t>(std::max(rows - r, 0)));
            hn::StoreU(kWhole ? x : hn::IfThenElseZero(there, x), d, to + (c + i) * to_stride + r);
          });
    }
  }
}

template <class T>
HWY_NOINLINE void transpose_ragged(const T* from, int64_t stride, int rows, int columns, T* to,
                                   int64_t to_stride) {
  transpose_columns<false>(from, stride, rows, columns, to, to_stride);
}

// to[c][r] = from[r][c] for r < rows <= kLanes<T>, c < columns; lanes r >= rows of `to` become 0. Rows of
// `to` are to_stride apart and hold kLanes<T>.
template <class T, class E>
HWY_INLINE void transpose_strip(const E* from, int64_t stride, int rows, int columns, T* to,
                                int64_t to_stride) {
  int c = 0;
  if constexpr (std::is_same_v<T, E>) {
    constexpr int kPerBlock = static_cast<int>(16 / sizeof(T));
    if (rows > 0) {
      c = columns / kPerBlock * kPerBlock;
      rows == kLanes<T> ? transpose_columns<true>(from, stride, rows, c, to, to_stride)
                        : transpose_ragged(from, stride, rows, c, to, to_stride);
    }
  }
  for (; c < columns; ++c) {
    for (int r = 0; r < kLanes<T>; ++r) to[c * to_stride + r] = r < rows ? widen(from[r * stride + c]) : T(0);
  }
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
