#include "ascender/kernels/cross_entropy/cross_entropy_cpu.h"

#include <cmath>
#include <limits>

#include "ascender/kernels/partition.h"
#include "ascender/kernels/rows.h"
#include "ascender/tile/target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/cross_entropy/cross_entropy_cpu.cc"
#include "ascender/tile/cpu/foreach_target.h"
// the targets first
#include "ascender/kernels/packs-inl.h"

#ifndef ASCENDER_KERNELS_CROSS_ENTROPY_ARGUMENTS
#define ASCENDER_KERNELS_CROSS_ENTROPY_ARGUMENTS
namespace ascender {

// What a row gives in one pass: lse, and the sum of its logits when labels are smoothed.
struct RowTotals {
  double lse = 0;
  double logits = 0;
};

// dz = weight * share(z) + shift, share(z) = exp(z - lse) or StableMax's slope / sum.
struct RowSlope {
  double lse = 0;
  double weight = 0;
  double shift = 0;
};

// Logits in memory as M, computed on in A.
template <class M, class A>
struct Types {
  using Memory = M;
  using Real = A;
};

inline double stable_value(double z) { return z >= 0 ? z + 1 : 1 / (1 - z); }
inline double stable_slope(double z) { return z >= 0 ? 1 : 1 / ((1 - z) * (1 - z)); }

}  // namespace ascender
#endif

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

// A chunk is read from memory once and then twice from L1; it belongs to the order of the sum.
inline constexpr int64_t kChunk = 1024;

template <class A, class T>
HWY_INLINE A chunk_maximum(const T* z, int64_t n, A start) {
  return maximum_packs<A>(n, start, [&](const Pack<A>& acc, int64_t i, auto part) ASC_LANES {
    return max(acc, keep_or(load_as<A>(z + i, part), part, start));
  });
}
template <class A, class T>
HWY_INLINE double chunk_sum(const T* z, int64_t n) {
  return static_cast<double>(sum_packs<A>(
      n, [&](const Pack<A>& acc, int64_t i, auto part) ASC_LANES { return acc + load_as<A>(z + i, part); }));
}
template <class A, class T>
HWY_INLINE double chunk_exponentials(const T* z, int64_t n, A top) {
  constexpr A kNothing = -std::numeric_limits<A>::infinity();
  const Pack<A> shift = splat(top);
  return static_cast<double>(sum_packs<A>(n, [&](const Pack<A>& acc, int64_t i, auto part) ASC_LANES {
    __builtin_prefetch(z + i + kChunk);  // the next chunk comes while this one is computed on
    return acc + exp(keep_or(load_as<A>(z + i, part), part, kNothing) - shift);
  }));
}

// log sum exp, one pass over memory: the sum so far is rescaled when a chunk raises the maximum. A maximum of
// -inf counts as 0, so that exp(-inf) = 0 is added and no NaN is made.
template <class Types>
RowTotals softmax_totals(const typename Types::Memory* z, int64_t V, bool smoothing) {
  using A = typename Types::Real;
  constexpr A kNothing = -std::numeric_limits<A>::infinity();
  A top = kNothing;
  double total = 0, logits = 0;
  for (int64_t begin = 0; begin < V; begin += kChunk) {
    const int64_t n = V - begin < kChunk ? V - begin : kChunk;
    const A highest = chunk_maximum<A>(z + begin, n, top);
    if (highest > top) {
      if (top > kNothing) total *= std::exp(static_cast<double>(top) - static_cast<double>(highest));
      top = highest;
    }
    total += chunk_exponentials<A>(z + begin, n, top > kNothing ? top : A(0));
    if (smoothing) logits += chunk_sum<A>(z + begin, n);
  }
  if (top == -kNothing) return {static_cast<double>(top), logits};
  return {(top > kNothing ? static_cast<double>(top) : 0.0) + std::log(total), logits};
}

template <class Types>
RowTotals stablemax_totals(const typename Types::Memory* z, int64_t V, bool) {
  using A = typename Types::Real;
  const Pack<A> zero = splat(A(0)), one = splat(A(1));
  double total = 0;
  for (int64_t begin = 0; begin < V; begin += kChunk) {
    const int64_t n = V - begin < kChunk ? V - begin : kChunk;
    total += static_cast<double>(sum_packs<A>(n, [&](const Pack<A>& acc, int64_t i, auto part) ASC_LANES {
      const Pack<A> x = load_as<A>(z + begin + i, part);
      return acc + keep_or(select(x >= zero, x + one, one / (one - x)), part, A(0));
    }));
  }
  return {std::log(total), 0};
}

template <class Types>
void softmax_slopes(const typename Types::Memory* z, typename Types::Memory* dz, int64_t V,
                    const RowSlope& slope) {
  using A = typename Types::Real;
  const Pack<A> lse = splat(static_cast<A>(slope.lse)), weight = splat(static_cast<A>(slope.weight));
  const Pack<A> shift = splat(static_cast<A>(slope.shift));
  each_pack<A>(V, [&](int64_t i, auto part) ASC_LANES {
    store_as<typename Types::Memory>(fma(exp(load_as<A>(z + i, part) - lse), weight, shift), dz + i, part);
  });
}

template <class Types>
void stablemax_slopes(const typename Types::Memory* z, typename Types::Memory* dz, int64_t V,
                      const RowSlope& slope) {
  using A = typename Types::Real;
  const Pack<A> weight = splat(static_cast<A>(slope.weight * std::exp(-slope.lse)));
  const Pack<A> zero = splat(A(0)), one = splat(A(1));
  each_pack<A>(V, [&](int64_t i, auto part) ASC_LANES {
    const Pack<A> inverse = one / (one - min(load_as<A>(z + i, part), zero));
    store_as<typename Types::Memory>(inverse * inverse * weight, dz + i, part);
  });
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {
namespace {

double target_loss(double z, const RowTotals& row, int64_t V, const CrossEntropyOptions& options) {
  if (options.stablemax) return row.lse - std::log(stable_value(z));
  const double s = options.label_smoothing;
  const double penalty = options.z_loss == 0 ? 0 : options.z_loss * row.lse * row.lse;  // lse may be infinite
  const double loss = row.lse - (1 - s) * z + penalty;
  return s == 0 ? loss : loss - s * row.logits / static_cast<double>(V);
}

// The gradient at the target, in double whatever the dtype: p - 1 cancels there.
double target_slope(double z, const RowSlope& row, double scale, const CrossEntropyOptions& options) {
  if (options.stablemax) {
    return stable_slope(z) * (row.weight * std::exp(-row.lse) - scale / stable_value(z));
  }
  return row.weight * std::exp(z - row.lse) + row.shift - scale * (1 - options.label_smoothing);
}

template <class Types>
void forward(Context& context, const Tensor& logits, const Tensor& targets, const Tensor& loss,
             const Tensor& lse, const CrossEntropyOptions& options) {
  using T = typename Types::Memory;
  static constexpr auto kSoftmax = ASC_PER_TARGET(softmax_totals<Types>);
  static constexpr auto kStablemax = ASC_PER_TARGET(stablemax_totals<Types>);
  const auto totals = options.stablemax ? kStablemax.chosen() : kSoftmax.chosen();
  const RowView<T> z(logits);
  const int64_t V = z.columns();
  for_blocks(context, divide_rows(z.count(), V), logits.count(), [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const int32_t target = targets.as<int32_t>()[n];
      const bool used = target != options.ignore;
      const RowTotals row = used ? totals(z[n], V, options.label_smoothing != 0) : RowTotals{};
      lse.as<T>()[n] = static_cast<T>(row.lse);
      loss.as<T>()[n] = used ? static_cast<T>(target_loss(z[n][target], row, V, options)) : T(0);
    }
  });
}

template <class Types>
void backward(Context& context, const Tensor& logits, const Tensor& targets, const Tensor& lse, double scale,
              const Tensor& dlogits, const CrossEntropyOptions& options) {
  using T = typename Types::Memory;
  static constexpr auto kSoftmax = ASC_PER_TARGET(softmax_slopes<Types>);
  static constexpr auto kStablemax = ASC_PER_TARGET(stablemax_slopes<Types>);
  const auto slopes = options.stablemax ? kStablemax.chosen() : kSoftmax.chosen();
  const RowView<T> z(logits), dz(dlogits);
  const int64_t V = z.columns();
  for_blocks(context, divide_rows(z.count(), V), logits.count(), [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const int32_t target = targets.as<int32_t>()[n];
      if (target == options.ignore) {
        std::fill_n(dz[n], V, T(0));
        continue;
      }
      const double l = lse.as<T>()[n];
      const RowSlope row = {.lse = l,
                            .weight = options.z_loss == 0 ? scale : scale * (1 + 2 * options.z_loss * l),
                            .shift = -scale * options.label_smoothing / static_cast<double>(V)};
      const double hit = target_slope(z[n][target], row, scale, options);  // before dz overwrites z
      slopes(z[n], dz[n], V, row);
      dz[n][target] = static_cast<T>(hit);
    }
  });
}

// visit<Types>() for the dtype of x and the precision that is asked.
template <class Visit>
void visit_types(const Tensor& x, bool precise, const Visit& visit) {
  if (x.dtype() == DType::kF64) return visit.template operator()<Types<double, double>>();
  if (x.dtype() != DType::kF32) bad_dtype(x.dtype(), "cross_entropy");
  precise ? visit.template operator()<Types<float, double>>()
          : visit.template operator()<Types<float, float>>();
}

}  // namespace

void cross_entropy_forward_cpu(Context& context, const Tensor& logits, const Tensor& targets,
                               const Tensor& loss, const Tensor& lse, const CrossEntropyOptions& options) {
  visit_types(logits, options.precise,
              [&]<class Types>() { forward<Types>(context, logits, targets, loss, lse, options); });
}

void cross_entropy_backward_cpu(Context& context, const Tensor& logits, const Tensor& targets,
                                const Tensor& lse, double scale, const Tensor& dlogits,
                                const CrossEntropyOptions& options) {
  visit_types(logits, options.precise, [&]<class Types>() {
    backward<Types>(context, logits, targets, lse, scale, dlogits, options);
  });
}

}  // namespace ascender
#endif
