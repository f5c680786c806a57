#include "ascender/kernels/norm/norm_cpu.h"

#include <cmath>

#include "ascender/kernels/partition.h"
#include "ascender/kernels/rows.h"
#include "ascender/tile/target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/norm/norm_cpu.cc"
#include "ascender/tile/cpu/foreach_target.h"
// the targets first
#include "ascender/kernels/packs-inl.h"

#ifndef ASCENDER_KERNELS_NORM_ARGUMENTS
#define ASCENDER_KERNELS_NORM_ARGUMENTS
namespace ascender {

template <class T>
const T* values_of(const Tensor& x) {
  return x.empty() ? nullptr : x.as<T>();
}

// Views made once a call, not once a block.
template <class T>
struct ForwardRows {
  RowView<T> x, y, residual;
  const T* gain;
  const T* bias;
  T* mean;
  T* rstd;
  T eps;
  explicit ForwardRows(const NormForward& n)
      : x(n.x),
        y(n.y),
        residual(n.residual),
        gain(values_of<T>(n.gain)),
        bias(values_of<T>(n.bias)),
        mean(const_cast<T*>(values_of<T>(n.mean))),
        rstd(const_cast<T*>(values_of<T>(n.rstd))),
        eps(static_cast<T>(n.eps)) {}
};

template <class T>
struct BackwardRows {
  RowView<T> x, dy, dx;
  const T* gain;
  const T* mean;
  const T* rstd;
  bool adding;
  explicit BackwardRows(const NormBackward& n)
      : x(n.x),
        dy(n.dy),
        dx(n.dx),
        gain(values_of<T>(n.gain)),
        mean(values_of<T>(n.mean)),
        rstd(values_of<T>(n.rstd)),
        adding(n.write_dx == Write::kAdd) {}
};

}  // namespace ascender
#endif

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

template <class T>
HWY_INLINE T mean_square(const T* x, T center, int64_t C) {
  const Pack<T> middle = splat(center);
  const T total = sum_packs<T>(C, [&](const Pack<T>& acc, int64_t c, auto part) ASC_LANES {
    const Pack<T> z = keep_or(load_at(x + c, part) - middle, part, T(0));
    return fma(z, z, acc);
  });
  return total / static_cast<T>(C);
}

template <class T>
HWY_INLINE T mean_of(const T* x, int64_t C) {
  const T total = sum_packs<T>(
      C, [&](const Pack<T>& acc, int64_t c, auto part) ASC_LANES { return acc + load_at(x + c, part); });
  return total / static_cast<T>(C);
}

// Rows [begin, end).
template <class T>
void norm_forward(const ForwardRows<T>& a, bool centered, int64_t begin, int64_t end) {
  const int64_t C = a.x.columns();
  for (int64_t n = begin; n < end; ++n) {
    const T* x = a.x[n];
    T* y = a.y[n];
    const T* residual = a.residual ? a.residual[n] : nullptr;
    const T center = centered ? mean_of(x, C) : T(0);
    const T r = T(1) / std::sqrt(mean_square(x, center, C) + a.eps);
    if (a.mean) a.mean[n] = center;
    if (a.rstd) a.rstd[n] = r;
    const Pack<T> middle = splat(center), scale = splat(r);
    each_pack<T>(C, [&](int64_t c, auto part) ASC_LANES {
      Pack<T> z = (load_at(x + c, part) - middle) * scale;
      if (a.gain) z = z * load_at(a.gain + c, part);
      if (a.bias) z = z + load_at(a.bias + c, part);
      if (residual) z = z + load_at(residual + c, part);
      store_at(z, y + c, part);
    });
  }
}

// The two sums of a row: g = dy gain and g h, h = (x - mean) rstd.
template <class T>
struct RowSums {
  Pack<T> g, gh;
};

template <class T>
HWY_INLINE RowSums<T> row_sums(const BackwardRows<T>& a, const T* x, const T* dy, const Pack<T>& middle,
                               const Pack<T>& scale) {
  const Pack<T> zero = splat(T(0));
  return fold_packs<T>(
      a.x.columns(), RowSums<T>{zero, zero},
      [&](const RowSums<T>& acc, int64_t c, auto part) ASC_LANES {
        Pack<T> g = load_at(dy + c, part);
        if (a.gain) g = g * load_at(a.gain + c, part);
        return RowSums<T>{acc.g + g, fma(g, (load_at(x + c, part) - middle) * scale, acc.gh)};
      },
      [](const RowSums<T>& s, const RowSums<T>& t) ASC_LANES {
        return RowSums<T>{s.g + t.g, s.gh + t.gh};
      });
}

// Rows [begin, end): dx, and their sums for dgain and dbias, whose memory is zero at the start and padded to
// packs.
template <class T>
void norm_backward(const BackwardRows<T>& a, bool centered, int64_t begin, int64_t end, T* dgain, T* dbias) {
  const int64_t C = a.x.columns();
  for (int64_t n = begin; n < end; ++n) {
    const T* x = a.x[n];
    const T* dy = a.dy[n];
    T* dx = a.dx[n];
    const Pack<T> middle = splat(centered ? a.mean[n] : T(0)), scale = splat(a.rstd[n]);
    const RowSums<T> sums = row_sums(a, x, dy, middle, scale);
    const Pack<T> mean_g = splat(centered ? sum(sums.g) / static_cast<T>(C) : T(0));
    const Pack<T> mean_gh = splat(-sum(sums.gh) / static_cast<T>(C));
    each_pack<T>(C, [&](int64_t c, auto part) ASC_LANES {
      const Pack<T> d = load_at(dy + c, part);
      const Pack<T> h = (load_at(x + c, part) - middle) * scale;
      const Pack<T> g = a.gain ? d * load_at(a.gain + c, part) : d;
      if (dgain) store(fma(d, h, load(dgain + c)), dgain + c);
      if (dbias) store(load(dbias + c) + d, dbias + c);
      put(fma(h, mean_gh, g - mean_g) * scale, dx + c, part, a.adding);
    });
  }
}

// out (+)= the partial sums [blocks, stride], in order.
template <class T>
void join_partials(const T* partials, int64_t blocks, int64_t stride, int64_t C, T* out, bool adding) {
  each_pack<T>(C, [&](int64_t c, auto part) ASC_LANES {
    Pack<T> total = load(partials + c);
    for (int64_t b = 1; b < blocks; ++b) total = total + load(partials + b * stride + c);
    put(total, out + c, part, adding);
  });
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {
namespace {

template <class T>
void forward(Context& context, const NormForward& norm) {
  static constexpr auto kForward = ASC_PER_TARGET(norm_forward<T>);
  const ForwardRows<T> rows(norm);
  const auto body = kForward.chosen();
  for_blocks(context, divide_rows(rows.x.count(), rows.x.columns()), norm.x.count(),
             [&](int64_t, int64_t begin, int64_t end) { body(rows, norm.centered, begin, end); });
}

template <class T>
void backward(Context& context, const NormBackward& norm) {
  static constexpr auto kBackward = ASC_PER_TARGET(norm_backward<T>);
  static constexpr auto kJoin = ASC_PER_TARGET(join_partials<T>);
  const BackwardRows<T> rows(norm);
  const int64_t C = rows.x.columns(), padded = (C + 15) / 16 * 16;
  const Partition blocks = divide_sum(context, rows.x.count());
  const size_t mark = context.scratch.mark();
  const int64_t kinds = (norm.dgain.empty() ? 0 : 1) + (norm.dbias.empty() ? 0 : 1);
  const auto bytes = static_cast<size_t>(std::max<int64_t>(1, blocks.blocks()) * padded * kinds) * sizeof(T);
  T* partials = kinds == 0 ? nullptr : static_cast<T*>(context.scratch.allocate(bytes));
  T* gains = norm.dgain.empty() ? nullptr : partials;
  T* biases =
      norm.dbias.empty() ? nullptr : partials + (kinds - 1) * std::max<int64_t>(1, blocks.blocks()) * padded;
  if (partials && blocks.blocks() == 0) std::fill_n(partials, kinds * padded, T(0));
  for_blocks(context, blocks, norm.x.count(), [&](int64_t i, int64_t begin, int64_t end) {
    T* gain = gains ? gains + i * padded : nullptr;
    T* bias = biases ? biases + i * padded : nullptr;
    if (gain) std::fill_n(gain, padded, T(0));
    if (bias) std::fill_n(bias, padded, T(0));
    kBackward.chosen()(rows, norm.centered, begin, end, gain, bias);
  });
  const auto join = [&](const T* from, const Tensor& to, Write write) {
    if (from) kJoin.chosen()(from, blocks.blocks(), padded, C, to.as<T>(), write == Write::kAdd);
  };
  join(gains, norm.dgain, norm.write_dgain);
  join(biases, norm.dbias, norm.write_dbias);
  context.scratch.release(mark);
}

}  // namespace

void norm_forward_cpu(Context& context, const NormForward& norm) {
  visit_real(norm.x.dtype(), "norm", [&]<class T>() { forward<T>(context, norm); });
}

void norm_backward_cpu(Context& context, const NormBackward& norm) {
  visit_real(norm.x.dtype(), "norm_backward", [&]<class T>() { backward<T>(context, norm); });
}

}  // namespace ascender
#endif
