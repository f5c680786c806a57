// The register blocks under `mma`: C[R, P packs] = start + A B with one accumulator an element, k ascending,
// one fused multiply-add a step. Compiled once for each target (mma_f32.cc, mma_f64.cc); tiles and kernels
// reach them by table, so that a new schedule costs no compile time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ascender/tile/target.h"

namespace ascender {

// How A lies: rows of contiguous depth (`step` from row to row), or depth slices of contiguous rows (`step`
// from k to k: a transposed matrix, or a packed panel).
enum class AOrder : uint8_t { kRows, kDepth };

// Asked for while a block runs: where the one that follows finds its A and puts its result, with the same
// steps; and rows of a B to come, one for every kDepthOfRowAhead of the depth. Nothing is read there, so that
// any address will do.
inline constexpr int64_t kDepthOfRowAhead = 16;
template <class T>
struct MmaAhead {
  const T* a;
  const T* out;
  const T* b;
  int64_t b_step;
};

// b: packs of a depth slice contiguous, `b_step` from k to k. start: null for zeros. `last`: how many lanes
// of the last pack exist; memory past them is neither read nor written (targets without free masks: b is read
// in full).
template <class T>
using MmaKernel = void (*)(const T* a, int64_t a_step, const T* b, int64_t b_step, int64_t depth,
                           const T* start, int64_t start_step, T* out, int64_t out_step, int last,
                           const MmaAhead<T>& ahead);

inline constexpr int kMostRows = 12;
inline constexpr int kMostPacks = 4;
// What fits in 32 registers of 512 bits beside the operands; targets with fewer registers have fewer kernels.
constexpr bool is_register_block(int rows, int packs) {
  return rows >= 1 && packs >= 1 &&
         (packs <= 2   ? rows <= 12
          : packs == 3 ? rows <= 8
                       : packs == 4 && rows <= 6);
}

struct RegisterBlock {
  int rows;
  int packs;
};
// The block for `columns` columns of T: as many packs as they need, and rows to fill the registers.
template <class T>
constexpr RegisterBlock register_block_of(Target target, int columns) {
  if (target == Target::kAvx2) return {6, 1};
  if (target == Target::kBaseline) return {3, 1};
  const int lanes = static_cast<int>(64 / sizeof(T));
  const int packs = columns > 3 * lanes ? 4 : (columns + lanes - 1) / lanes;
  return {packs == 4 ? 6 : packs == 3 ? 8 : 12, packs};
}

template <class T>
struct MmaTable {
  // [order][rows - 1][packs - 1]; null where there is no such block
  std::array<std::array<std::array<MmaKernel<T>, kMostPacks>, kMostRows>, 2> kernels{};
  MmaKernel<T> of(AOrder order, int r, int p) const {
    return kernels[static_cast<size_t>(order)][static_cast<size_t>(r - 1)][static_cast<size_t>(p - 1)];
  }
};

}  // namespace ascender
