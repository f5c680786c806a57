#include "ascender/kernels/reduce/reduce_cpu.h"

#include "ascender/kernels/partition.h"
#include "ascender/kernels/rows.h"
#include "ascender/tile/target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/reduce/reduce_cpu.cc"
#include "ascender/tile/cpu/foreach_target.h"
// the targets first
#include "ascender/kernels/packs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

template <SumKind kKind, class T>
HWY_INLINE double sum_kind(const T* x, int64_t n) {
  return sum_packs<double>(n, [&](const Pack<double>& acc, int64_t i, auto part) ASC_LANES {
    const Pack<double> value = load_wide(x + i, part);
    if constexpr (kKind == SumKind::kSquares) {
      return fma(value, value, acc);
    } else if constexpr (kKind == SumKind::kValues) {
      return acc + value;
    } else {  // x - x is NaN for what is not finite
      return acc + select(value - value == splat(0.0), splat(0.0), splat(1.0));
    }
  });
}

template <class T>
double sum_block(SumKind kind, const T* x, int64_t n) {
  switch (kind) {
    case SumKind::kValues:
      return sum_kind<SumKind::kValues>(x, n);
    case SumKind::kSquares:
      return sum_kind<SumKind::kSquares>(x, n);
    case SumKind::kNonfinite:
      return sum_kind<SumKind::kNonfinite>(x, n);
  }
  return 0;
}

// The sums of kStrip columns over rows [begin, end) stay in registers.
inline constexpr int kStripPacks = 4;

template <class T>
HWY_INLINE void sum_strip(const RowView<T>& dy, int64_t begin, int64_t end, int64_t column, T* out) {
  Pack<T> total[kStripPacks] = {splat(T(0)), splat(T(0)), splat(T(0)), splat(T(0))};
  for (int64_t n = begin; n < end; ++n) {
    const T* row = dy[n] + column;
#pragma GCC unroll 4
    for (int i = 0; i < kStripPacks; ++i) total[i] = total[i] + load(row + i * kLanes<T>);
  }
  for (int i = 0; i < kStripPacks; ++i) store(total[i], out + i * kLanes<T>);
}

// out[c] = sum over rows [begin, end) of dy[n, c].
template <class T>
void sum_columns(const RowView<T>& dy, int64_t begin, int64_t end, T* out) {
  constexpr int64_t kStrip = kStripPacks * kLanes<T>;
  int64_t c = 0;
  for (; c + kStrip <= dy.columns(); c += kStrip) sum_strip(dy, begin, end, c, out + c);
  each_pack<T>(dy.columns() - c, [&](int64_t i, auto part) ASC_LANES {
    Pack<T> total = splat(T(0));
    for (int64_t n = begin; n < end; ++n) total = total + load_at(dy[n] + c + i, part);
    store_at(total, out + c + i, part);
  });
}

// out (+)= the partial sums [blocks, C], in order.
template <class T>
void join_columns(const T* partials, int64_t blocks, int64_t C, T* out, bool adding) {
  each_pack<T>(C, [&](int64_t c, auto part) ASC_LANES {
    Pack<T> total = splat(T(0));
    for (int64_t b = 0; b < blocks; ++b) total = total + load_at(partials + b * C + c, part);
    put(total, out + c, part, adding);
  });
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {

double sum_cpu(Context& context, SumKind kind, const Tensor& x) {
  return visit_real(x.dtype(), "sum", [&]<class T>() {
    static constexpr auto kSum = ASC_PER_TARGET(sum_block<T>);
    const auto body = kSum.chosen();
    const Partition blocks = divide_flat_sum(context, x.count());
    if (blocks.blocks() <= 1) return body(kind, x.as<T>(), x.count());
    const size_t mark = context.scratch.mark();
    auto* partials = static_cast<double*>(context.scratch.allocate(static_cast<size_t>(blocks.blocks()) * 8));
    for_blocks(context, blocks, x.count(), [&](int64_t i, int64_t begin, int64_t end) {
      partials[i] = body(kind, x.as<T>() + begin, end - begin);
    });
    double total = 0;
    for (int64_t i = 0; i < blocks.blocks(); ++i) total += partials[i];
    context.scratch.release(mark);
    return total;
  });
}

void sum_rows_cpu(Context& context, const Tensor& dy_tensor, const Tensor& dbias, Write write) {
  visit_real(dy_tensor.dtype(), "sum_rows", [&]<class T>() {
    static constexpr auto kSum = ASC_PER_TARGET(sum_columns<T>);
    static constexpr auto kJoin = ASC_PER_TARGET(join_columns<T>);
    const RowView<T> dy(dy_tensor);
    const Partition blocks = divide_sum(context, dy.count());
    const size_t mark = context.scratch.mark();
    const auto bytes = static_cast<size_t>(blocks.blocks() * dy.columns()) * sizeof(T);
    T* partials = static_cast<T*>(context.scratch.allocate(bytes));
    for_blocks(context, blocks, dy_tensor.count(), [&](int64_t i, int64_t begin, int64_t end) {
      kSum.chosen()(dy, begin, end, partials + i * dy.columns());
    });
    kJoin.chosen()(partials, blocks.blocks(), dy.columns(), dbias.as<T>(), write == Write::kAdd);
    context.scratch.release(mark);
  });
}

}  // namespace ascender
#endif
