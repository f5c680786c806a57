#include "ascender/kernels/optimizer/optimizer_cpu.h"

#include <cmath>

#include "ascender/kernels/partition.h"
#include "ascender/tile/target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/optimizer/optimizer_cpu.cc"
#include "ascender/tile/cpu/foreach_target.h"
// the targets first
#include "ascender/kernels/packs-inl.h"

#ifndef ASCENDER_KERNELS_OPTIMIZER_ARGUMENTS
#define ASCENDER_KERNELS_OPTIMIZER_ARGUMENTS
namespace ascender {

// Constants of a step, computed once in double.
template <class T>
struct AdamWConstants {
  T scale, beta1, rest1, beta2, rest2, root, eps, rate, decay;
  explicit AdamWConstants(const AdamW& o)
      : scale(static_cast<T>(o.gradient_scale)),
        beta1(static_cast<T>(o.beta1)),
        rest1(static_cast<T>(1 - o.beta1)),
        beta2(static_cast<T>(o.beta2)),
        rest2(static_cast<T>(1 - o.beta2)),
        root(static_cast<T>(1 / std::sqrt(1 - std::pow(o.beta2, static_cast<double>(o.step))))),
        eps(static_cast<T>(o.eps)),
        rate(static_cast<T>(o.lr / (1 - std::pow(o.beta1, static_cast<double>(o.step))))),
        decay(static_cast<T>(1 - o.lr * o.weight_decay)) {}
};

template <class T>
struct SgdConstants {
  T scale, momentum, decay, rate;
  bool nesterov;
};

}  // namespace ascender
#endif

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

// p = decay p - rate m / (root sqrt(v) + eps), decay = 1 - lr wd, rate = lr / (1 - b1^t), root = 1 / sqrt(1 -
// b2^t).
template <class T>
void adamw_run(T* p, const T* g, T* m, T* v, int64_t n, const AdamWConstants<T>& k) {
  const Pack<T> beta1 = splat(k.beta1), beta2 = splat(k.beta2), root = splat(k.root), eps = splat(k.eps);
  const Pack<T> rate = splat(-k.rate), decay = splat(k.decay);
  each_pack<T>(n, [&](int64_t i, auto part) ASC_LANES {
    const Pack<T> gradient = load_at(g + i, part) * k.scale;
    const Pack<T> m1 = fma(load_at(m + i, part), beta1, gradient * k.rest1);
    const Pack<T> v1 = fma(load_at(v + i, part), beta2, gradient * k.rest2 * gradient);
    const Pack<T> step = m1 / fma(sqrt(v1), root, eps);
    store_at(m1, m + i, part);
    store_at(v1, v + i, part);
    store_at(fma(step, rate, load_at(p + i, part) * decay), p + i, part);
  });
}

template <class T>
void sgd_run(T* p, const T* g, T* m, int64_t n, const SgdConstants<T>& k) {
  const Pack<T> scale = splat(k.scale), momentum = splat(k.momentum), rate = splat(-k.rate),
                decay = splat(k.decay);
  each_pack<T>(n, [&](int64_t i, auto part) ASC_LANES {
    const Pack<T> old = load_at(p + i, part);
    const Pack<T> gradient = fma(old, decay, load_at(g + i, part) * scale);
    const Pack<T> m1 = fma(load_at(m + i, part), momentum, gradient);
    store_at(m1, m + i, part);
    store_at(fma(k.nesterov ? fma(m1, momentum, gradient) : m1, rate, old), p + i, part);
  });
}

// As sgd_run, but the step goes to u and p is left alone.
template <class T>
void momentum_run(const T* g, T* m, T* u, int64_t n, const SgdConstants<T>& k) {
  const Pack<T> scale = splat(k.scale), momentum = splat(k.momentum);
  each_pack<T>(n, [&](int64_t i, auto part) ASC_LANES {
    const Pack<T> gradient = load_at(g + i, part) * scale;
    const Pack<T> m1 = fma(load_at(m + i, part), momentum, gradient);
    store_at(m1, m + i, part);
    store_at(k.nesterov ? fma(m1, momentum, gradient) : m1, u + i, part);
  });
}

template <class T>
void blend_run(T* y, T a, const T* x, T b, int64_t n) {
  const Pack<T> keep = splat(a), take = splat(b);
  each_pack<T>(n, [&](int64_t i, auto part) ASC_LANES {
    store_at(fma(load_at(y + i, part), keep, load_at(x + i, part) * take), y + i, part);
  });
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {
namespace {

// run(begin, count) over flat storage.
template <class Run>
void over(Context& context, const Tensor& p, const Run& run) {
  for_blocks(context, divide_flat(p.count()), p.count(),
             [&](int64_t, int64_t begin, int64_t end) { run(begin, end - begin); });
}

}  // namespace

void adamw_cpu(Context& context, const Tensor& p, const Tensor& g, const Tensor& m, const Tensor& v,
               const AdamW& options) {
  visit_real(p.dtype(), "adamw", [&]<class T>() {
    static constexpr auto kRun = ASC_PER_TARGET(adamw_run<T>);
    const AdamWConstants<T> constants(options);
    over(context, p, [&](int64_t i, int64_t n) {
      kRun.chosen()(p.as<T>() + i, g.as<T>() + i, m.as<T>() + i, v.as<T>() + i, n, constants);
    });
  });
}

void sgd_cpu(Context& context, const Tensor& p, const Tensor& g, const Tensor& m, const Sgd& o) {
  visit_real(p.dtype(), "sgd", [&]<class T>() {
    static constexpr auto kRun = ASC_PER_TARGET(sgd_run<T>);
    const SgdConstants<T> constants = {static_cast<T>(o.gradient_scale), static_cast<T>(o.momentum),
                                       static_cast<T>(o.weight_decay), static_cast<T>(o.lr), o.nesterov};
    over(context, p, [&](int64_t i, int64_t n) {
      kRun.chosen()(p.as<T>() + i, g.as<T>() + i, m.as<T>() + i, n, constants);
    });
  });
}

void muon_momentum_cpu(Context& context, const Tensor& g, const Tensor& m, const Tensor& u, const Muon& o) {
  visit_real(g.dtype(), "muon", [&]<class T>() {
    static constexpr auto kRun = ASC_PER_TARGET(momentum_run<T>);
    const SgdConstants<T> constants = {static_cast<T>(o.gradient_scale), static_cast<T>(o.momentum), T(0),
                                       T(0), o.nesterov};
    over(context, g, [&](int64_t i, int64_t n) {
      kRun.chosen()(g.as<T>() + i, m.as<T>() + i, u.as<T>() + i, n, constants);
    });
  });
}

void blend_cpu(Context& context, const Tensor& y, double a, const Tensor& x, double b) {
  visit_real(y.dtype(), "blend", [&]<class T>() {
    static constexpr auto kRun = ASC_PER_TARGET(blend_run<T>);
    over(context, y, [&](int64_t i, int64_t n) {
      kRun.chosen()(y.as<T>() + i, static_cast<T>(a), x.as<T>() + i, static_cast<T>(b), n);
    });
  });
}

}  // namespace ascender
#endif
