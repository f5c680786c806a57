// Panels on a SIMD target: the views around matmul_body.h and the packing. Included once per target.
#if defined(ASCENDER_KERNELS_MATMUL_CPU_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_KERNELS_MATMUL_CPU_INL_H_
#undef ASCENDER_KERNELS_MATMUL_CPU_INL_H_
#else
#define ASCENDER_KERNELS_MATMUL_CPU_INL_H_
#endif

#include "ascender/kernels/matmul/matmul_cpu.h"
#include "ascender/tile/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
#include "ascender/kernels/matmul/activation_body.h"
#include "ascender/kernels/matmul/matmul_body.h"
namespace ascender::HWY_NAMESPACE {

// Rows to come are asked for by hand: they are a stride apart, which the hardware does not foresee across
// pages.
inline constexpr int64_t kRowsAhead = 12;
template <class E>
HWY_INLINE void prefetch_row(const E* row, int64_t count) {
  for (int64_t c = 0; c < count; c += static_cast<int64_t>(64 / sizeof(E))) __builtin_prefetch(row + c, 0, 3);
}

template <class T, class E>
void pack_b(const E* from, int64_t stride, bool turned, int64_t depth, int columns, T* to, int width) {
  constexpr int kL = kLanes<T>;
  if (turned) {
    for (int c = 0; c < width; c += kL) {
      const int lanes = std::clamp(columns - c, 0, kL);
      transpose_strip(from + (lanes > 0 ? c : 0) * stride, stride, lanes, static_cast<int>(depth), to + c,
                      width);
    }
    return;
  }
  for (int64_t k = 0; k < depth; ++k) {
    const E* row = from + k * stride;
    if (k + kRowsAhead < depth) prefetch_row(row + kRowsAhead * stride, columns);
    for (int c = 0; c < width; c += kL) {
      const int lanes = std::clamp(columns - c, 0, kL);
      store(lanes == kL ? load(row + c) : load(row + (lanes > 0 ? c : 0), lanes), to + k * width + c);
    }
  }
}

// Tiles [m, k] of the rows of a job, in place or from panels of the register block's rows.
template <class T, Schedule kS>
struct LeftTiles {
  const PanelJob<T>& job;

  HWY_INLINE LaidOut<MmaLeft<T>, kS.m, kS.k> load_masked(int64_t i, int64_t k) const {
    constexpr RegisterBlock kBlock = register_block_of<T>(kTarget, kS.n);
    const LeftRows<T>& a = job.a;
    const int64_t row = i * kS.m, first = k * kS.k;
    MmaLeft<T> left;
    left.step = a.step;
    left.order = a.order;
    left.rows = static_cast<int>(std::min<int64_t>(kS.m, job.rows - row));
    left.depth = static_cast<int>(std::min<int64_t>(kS.k, job.depth - first));
    left.block_step = a.panel != 0 ? a.panel : a.order == AOrder::kRows ? a.step * kBlock.rows : kBlock.rows;
    const int64_t along = a.order == AOrder::kRows ? 1 : a.step;
    left.data = a.data + row / kBlock.rows * left.block_step + first * along;
    const bool deeper = first + kS.k < job.depth;
    left.ahead = deeper ? left.data + kS.k * along
                        : a.data + (row + kS.m < job.rows ? row + kS.m : 0) / kBlock.rows * left.block_step;
    return LaidOut<MmaLeft<T>, kS.m, kS.k>(left);
  }
};

// Tiles [k, n] of the panel of a job: where it lies, or packed as they are asked for.
template <class T, Schedule kS>
struct RightTiles {
  using Tile = LaidOut<MmaRight<T>, kS.k, kS.n>;
  const PanelJob<T>& job;

  HWY_INLINE Tile load_masked(int64_t k, int64_t) const {
    const int64_t first = k * kS.k;
    const int depth = static_cast<int>(std::min<int64_t>(kS.k, job.depth - first));
    if (job.unpacked.data == nullptr)
      return Tile({job.b + first * job.b_step, job.b_step, depth, job.b_columns});
    pack(first, depth);
    MmaRight<T> right{job.unpacked.buffer, kS.n, depth, kS.n};
    look_ahead(first + kS.k, right);
    return Tile(right);
  }

 private:
  // The piece of the depth that is packed after this one, here or in the next panel.
  void look_ahead(int64_t next, MmaRight<T>& right) const {
    const UnpackedPanel<T>& u = job.unpacked;
    if (u.turned || u.bf16) return;
    const bool here = next < job.depth;
    right.ahead = static_cast<const T*>(here ? u.data : u.next);
    right.ahead_step = u.step;
    right.ahead_rows =
        right.ahead == nullptr ? 0 : std::min<int64_t>(kS.k, here ? job.depth - next : job.depth);
    if (here) right.ahead += next * u.step;
  }
  HWY_NOINLINE void pack(int64_t first, int depth) const {
    const UnpackedPanel<T>& u = job.unpacked;
    const int64_t offset = u.turned ? first : first * u.step;
    if constexpr (std::is_same_v<T, float>) {
      if (u.bf16) {
        pack_b(static_cast<const Bf16*>(u.data) + offset, u.step, u.turned, depth, job.columns, u.buffer,
               kS.n);
        return;
      }
    }
    pack_b(static_cast<const T*>(u.data) + offset, u.step, u.turned, depth, job.columns, u.buffer, kS.n);
  }
};

struct StoreEpilogue {
  template <class X>
  HWY_INLINE const X& operator()(const X& x, int64_t, int64_t) const {
    return x;
  }
};

template <class T>
HWY_INLINE Pack<T> activate(Activation activation, const Pack<T>& x) {
  switch (activation) {
    case Activation::kGelu:
      return Gelu<T>::of(x);
    case Activation::kRelu:
      return Relu<T>::of(x);
    case Activation::kReluSquared:
      return ReluSquared<T>::of(x);
    default:
      return x;
  }
}
template <class T>
HWY_INLINE Pack<T> activation_slope(Activation activation, const Pack<T>& x) {
  switch (activation) {
    case Activation::kGelu:
      return Gelu<T>::slope(x);
    case Activation::kRelu:
      return Relu<T>::slope(x);
    case Activation::kReluSquared:
      return ReluSquared<T>::slope(x);
    default:
      return splat(T(1));
  }
}

// What is done to each pack of z = A B on its way to C; branches fall the same way for a whole panel.
template <class T, TileLike X>
struct Finished {
  using Element = T;
  static constexpr int kRows = X::kRows;
  static constexpr int kColumns = X::kColumns;
  static constexpr bool kHasProduct = X::kHasProduct;
  held<X> x;
  const PanelEpilogue<T>& e;
  int64_t first_row;
  int64_t rows;
  int columns;

  HWY_INLINE Pack<T> pack(const At<T>& at) const {
    const int left = columns - at.column;
    if (left <= 0 || first_row + at.row >= rows) return splat(T(0));
    const auto read = [&](const T* p) HWY_ATTR { return left >= kLanes<T> ? load(p) : load(p, left); };
    const int64_t row = first_row + at.row;
    Pack<T> z = x.pack(at);
    if (e.derivative_of != nullptr) {
      return z * activation_slope(e.activation, read(e.derivative_of + row * e.derivative_step + at.column));
    }
    if (e.bias != nullptr) z = z + read(e.bias + at.column);
    if (e.preactivation != nullptr) {
      store(z, e.preactivation + row * e.preactivation_step + at.column, std::min(left, kLanes<T>));
    }
    z = activate(e.activation, z);
    return e.residual == nullptr ? z : z + read(e.residual + row * e.residual_step + at.column);
  }
};
template <class T, class X>
HWY_INLINE const auto& product_of(const Finished<T, X>& x) {
  return product_of(x.x);
}

template <class T, Schedule kS>
struct MapEpilogue {
  const PanelEpilogue<T>& epilogue;
  int64_t rows;
  int columns;
  template <class X>
  HWY_INLINE Finished<T, X> operator()(const X& x, int64_t i, int64_t) const {
    return {x, epilogue, i * kS.m, rows, columns};
  }
};

template <class T>
struct GateMap {
  template <class P>
  HWY_INLINE static P of(const P& gate, const P& value) {
    return Silu<T>::of(gate) * value;
  }
};
template <class T, Schedule kS, EpilogueKind kKind>
void run_panel(const PanelJob<T>& job) {
  const LeftTiles<T, kS> a{job};
  const RightTiles<T, kS> b{job};
  const auto c = partition<kS.m, kS.n>(View<T>{job.c, job.rows, job.columns, job.c_step});
  const int64_t depth = std::max<int64_t>(1, (job.depth + kS.k - 1) / kS.k);
  for (int64_t i = 0; i * kS.m < job.rows; ++i) {
    if constexpr (kKind == EpilogueKind::kStore) {
      if (job.add) {
        const auto start = partition<kS.m, kS.n>(View<const T>{job.c, job.rows, job.columns, job.c_step});
        matmul_block<kS, T>(a, b, c, i, 0, depth, start.load_masked(i, 0), StoreEpilogue());
      } else {
        matmul_block<kS, T>(a, b, c, i, 0, depth, zeros<T, kS.m, kS.n>(), StoreEpilogue());
      }
    } else if constexpr (kKind == EpilogueKind::kMap) {
      matmul_block<kS, T>(a, b, c, i, 0, depth, zeros<T, kS.m, kS.n>(),
                          MapEpilogue<T, kS>{job.epilogue, job.rows, job.columns});
    } else {
      PanelJob<T> value_job = job;
      value_job.b = job.b_value;
      const RightTiles<T, kS> b_value{value_job};
      PanelEpilogue<T> gate = job.epilogue, value = job.epilogue;
      gate.activation = value.activation = Activation::kNone;
      gate.residual = value.residual = nullptr;
      value.bias = job.bias_value;
      value.preactivation = job.preactivation_value;
      PanelEpilogue<T> last;
      last.residual = job.epilogue.residual;
      last.residual_step = job.epilogue.residual_step;
      const MapEpilogue<T, kS> finish{last, job.rows, job.columns};
      swiglu_block<kS, T>(
          a, b, b_value, c, i, 0, depth, zeros<T, kS.m, kS.n>(),
          MapEpilogue<T, kS>{gate, job.rows, job.columns}, MapEpilogue<T, kS>{value, job.rows, job.columns},
          [&](const auto& g, const auto& v) HWY_ATTR { return finish(map<GateMap<T>>(g, v), i, 0); });
    }
  }
}

// One slice of a panel: `block` numbers, of which `there` exist. Whole packs are stored where what they spill
// over is written later (`spill`), since stores of part of a pack are slow.
template <class T, class E>
HWY_INLINE void put_slice(const E* from, int there, bool whole, T* to, int block, bool spill) {
  for (int first = 0; first < block; first += kLanes<T>) {
    const Pack<T> x =
        whole ? load(from + first) : load(from + first, std::clamp(there - first, 0, kLanes<T>));
    if (spill) {
      store(x, to + first);
    } else {
      store(x, to + first, std::min(kLanes<T>, block - first));
    }
  }
}

// Slices that a whole pack may spill into.
template <class T>
constexpr int64_t spilled_slices(int block) {
  return (round_up_to_pack<T>(block) - block + block - 1) / block;
}

// Panels of `block` rows, [k][row]; rows past the last are zeros. A matrix that lies turned is read slice by
// slice across all panels, so that its lines and pages are used up at once.
template <class T, class E>
void pack_a_turned(const E* from, int64_t stride, int64_t rows, int64_t depth, T* to, int block,
                   int64_t panel) {
  const int64_t careful = depth - spilled_slices<T>(block);
  for (int64_t k = 0; k < depth; ++k, from += stride) {
    T* slice = to + k * block;
    if (k + kRowsAhead < depth) prefetch_row(from + kRowsAhead * stride, rows);
    for (int64_t r = 0; r < rows; r += block, slice += panel) {
      put_slice(from + r, static_cast<int>(std::min<int64_t>(block, rows - r)),
                r + round_up_to_pack<T>(block) <= rows, slice, block, k < careful);
    }
  }
}

template <class T, class E>
void pack_a(const E* from, int64_t stride, bool turned, int64_t rows, int64_t depth, T* to, int block,
            int64_t panel) {
  if (turned) return pack_a_turned(from, stride, rows, depth, to, block, panel);
  constexpr int kChunk = 32;
  constexpr int kStrip = 16;  // rows of the largest block, whole packs
  alignas(64) T chunk[kChunk * kStrip];
  const int64_t careful = depth - spilled_slices<T>(block);
  for (int64_t r = 0; r < rows; r += block, to += panel) {
    const int height = static_cast<int>(std::min<int64_t>(block, rows - r));
    for (int64_t k = 0; k < depth; k += kChunk) {
      const int count = static_cast<int>(std::min<int64_t>(kChunk, depth - k));
      for (int first = 0; first < block; first += kLanes<T>) {
        // Whole strips turn faster; what they hold past the block is not kept.
        const bool whole = height == block && r + first + kLanes<T> <= rows;
        transpose_strip(from + (r + std::min(first, height - 1)) * stride + k, stride,
                        whole ? kLanes<T> : std::clamp(height - first, 0, kLanes<T>), count, chunk + first,
                        kStrip);
      }
      for (int j = 0; j < count; ++j) {
        put_slice(chunk + j * kStrip, block, true, to + (k + j) * block, block, k + j < careful);
      }
    }
  }
}

template <class T>
void backward_row(Activation activation, const T* z, const T* dc, T* dz, int64_t columns) {
  for (int64_t c = 0; c < columns; c += kLanes<T>) {
    const int left = static_cast<int>(std::min<int64_t>(kLanes<T>, columns - c));
    const auto read = [&](const T* p) HWY_ATTR { return left == kLanes<T> ? load(p) : load(p, left); };
    const Pack<T> d = read(dc + c), x = read(z + c);
    if (activation == Activation::kSwiGlu) {
      const Pack<T> value = read(z + columns + c);
      store(d * value * Silu<T>::slope(x), dz + c, left);
      store(d * Silu<T>::of(x), dz + columns + c, left);
    } else {
      store(d * activation_slope(activation, x), dz + c, left);
    }
  }
}

template <class T>
constexpr PackFunctions<T> make_pack_functions() {
  PackFunctions<T> f{};
  f.b = &pack_b<T, T>;
  f.a = &pack_a<T, T>;
  if constexpr (std::is_same_v<T, float>) {
    f.b_bf16 = &pack_b<T, Bf16>;
    f.a_bf16 = &pack_a<T, Bf16>;
  }
  f.backward = &backward_row<T>;
  return f;
}

template <class T>
using PanelTable = std::array<std::array<PanelFunction<T>, 3>, kNumMatmulSchedules>;

template <class T, int... kIndex>
constexpr PanelTable<T> make_panels(std::integer_sequence<int, kIndex...>) {
  return {{{{&run_panel<T, kMatmulSchedules[kIndex], EpilogueKind::kStore>,
             &run_panel<T, kMatmulSchedules[kIndex], EpilogueKind::kMap>,
             &run_panel<T, kMatmulSchedules[kIndex], EpilogueKind::kSwiGlu>}}...}};
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
