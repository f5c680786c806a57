// What the driver (matmul.cc) hands to the code compiled for each SIMD target (matmul_cpu_f32.cc,
// matmul_cpu_f64.cc): one panel of columns times a range of rows, and the packing of panels.
#pragma once

#include "ascender/kernels/matmul/matmul.h"
#include "ascender/tile/cpu/mma.h"
#include "ascender/tile/schedule.h"
#include "ascender/tile/target.h"

namespace ascender {

// How rows of op(A) lie: in place, or packed in panels of `rows` rows by the whole depth ([panel][k][row]).
template <class T>
struct LeftRows {
  const T* data = nullptr;
  int64_t step = 0;   // from row to row (kRows) or from k to k (kDepth)
  int64_t panel = 0;  // from panel to panel; 0: in place
  AOrder order = AOrder::kRows;
};

// The epilogue of the columns of one panel; pointers are at its first column and the first row.
template <class T>
struct PanelEpilogue {
  const T* bias = nullptr;
  T* preactivation = nullptr;
  const T* residual = nullptr;
  const T* derivative_of = nullptr;
  int64_t preactivation_step = 0, residual_step = 0, derivative_step = 0;
  Activation activation = Activation::kNone;
};

// B as the caller has it, to be packed piece by piece as the depth reaches it: where all rows are one block,
// so that each piece is used once, this spares a trip through memory.
template <class T>
struct UnpackedPanel {
  const void* data = nullptr;  // null: job.b holds the panel
  int64_t step = 0;
  bool turned = false;
  bool bf16 = false;
  T* buffer = nullptr;         // [k][n] of the schedule
  const void* next = nullptr;  // the panel after it; null: unknown
};

template <class T>
struct PanelJob {
  LeftRows<T> a;
  int64_t rows = 0;
  int64_t depth = 0;
  const T* b = nullptr;  // [depth] slices of `columns`, b_step apart
  int64_t b_step = 0;
  int columns = 0;    // at most the schedule's n
  int b_columns = 0;  // that may be read of b: whole packs when it is packed
  UnpackedPanel<T> unpacked;
  T* c = nullptr;
  int64_t c_step = 0;
  bool add = false;
  PanelEpilogue<T> epilogue;
  // SwiGLU: the same columns of the second half
  const T* b_value = nullptr;
  const T* bias_value = nullptr;
  T* preactivation_value = nullptr;
};

// The epilogues that are compiled apart: a store, everything that maps one product, the gated one.
enum class EpilogueKind { kStore, kMap, kSwiGlu };

template <class T>
using PanelFunction = void (*)(const PanelJob<T>& job);

// Packs columns [0, columns) of op(B) into to[k][width], the rest zeros. `turned`: B lies as [N, K].
template <class T>
struct PackFunctions {
  void (*b)(const T* from, int64_t stride, bool turned, int64_t depth, int columns, T* to, int width);
  void (*b_bf16)(const Bf16* from, int64_t stride, bool turned, int64_t depth, int columns, T* to, int width);
  // Rows [0, rows) of op(A) into panels of `block` rows, `panel` numbers apart. `turned`: A lies as [K, M].
  void (*a)(const T* from, int64_t stride, bool turned, int64_t rows, int64_t depth, T* to, int block,
            int64_t panel);
  void (*a_bf16)(const Bf16* from, int64_t stride, bool turned, int64_t rows, int64_t depth, T* to, int block,
                 int64_t panel);
  void (*backward)(Activation activation, const T* z, const T* dc, T* dz, int64_t columns);  // one row
};

template <class T>
PanelFunction<T> panel_function(Target target, int schedule, EpilogueKind kind);
template <class T>
const PackFunctions<T>& pack_functions(Target target);

// The schedules that are compiled. A row of the tuning cache, or an experiment, names one by its index.
inline constexpr Schedule kMatmulSchedules[] = {
    {.m = 192, .n = 64, .k = 256, .rows = 6, .packs = 4},   // wide panels
    {.m = 192, .n = 32, .k = 512, .rows = 12, .packs = 2},  // panels that stay in L1
    {.m = 192, .n = 48, .k = 384, .rows = 8, .packs = 3},
    {.m = 192, .n = 64, .k = 1024, .rows = 6, .packs = 4},  // one visit to C for most depths
};
inline constexpr int kNumMatmulSchedules = static_cast<int>(std::size(kMatmulSchedules));

}  // namespace ascender
