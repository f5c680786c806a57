#include "ascender/kernels/rope/rope_cpu.h"

#include "ascender/kernels/partition.h"
#include "ascender/kernels/rows.h"
#include "ascender/tile/target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/rope/rope_cpu.cc"
#include "ascender/tile/cpu/foreach_target.h"
// the targets first
#include "ascender/kernels/packs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

// One head: y = (a c - b s, a s + b c) for the halves a, b of x. y may be x: a pair is read before it is
// written.
template <class T>
void rotate_head(const T* x, const T* cosines, const T* sines, T sign, T* y, int64_t half, bool adding) {
  const Pack<T> direction = splat(sign);
  each_pack<T>(half, [&](int64_t i, auto part) ASC_LANES {
    const Pack<T> c = load_at(cosines + i, part), s = load_at(sines + i, part) * direction;
    const Pack<T> a = load_at(x + i, part), b = load_at(x + half + i, part);
    put(fma(a, c, -(b * s)), y + i, part, adding);
    put(fma(a, s, b * c), y + half + i, part, adding);
  });
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {

void rope_cpu(Context& context, const Tensor& x_tensor, const Tensor& y_tensor, const Tensor& cosines,
              const Tensor& sines, const RopeOptions& options, Write write) {
  visit_real(x_tensor.dtype(), "rope", [&]<class T>() {
    static constexpr auto kRotate = ASC_PER_TARGET(rotate_head<T>);
    const auto body = kRotate.chosen();
    const RowView<T> x(x_tensor), y(y_tensor);
    const int64_t positions = x_tensor.size(1), heads = x_tensor.size(2), half = x.columns() / 2;
    const T* c = cosines.as<T>() + options.offset * half;
    const T* s = sines.as<T>() + options.offset * half;
    const T sign = options.inverse ? T(-1) : T(1);
    const int64_t tokens = heads == 0 ? 0 : x.count() / heads;
    for_blocks(context, divide_rows(tokens, heads * x.columns()), x_tensor.count(),
               [&](int64_t, int64_t begin, int64_t end) {
                 for (int64_t token = begin; token < end; ++token) {
                   const int64_t angle = token % positions * half;
                   for (int64_t n = token * heads; n < (token + 1) * heads; ++n) {
                     body(x[n], c + angle, s + angle, sign, y[n], half, write == Write::kAdd);
                   }
                 }
               });
  });
}

}  // namespace ascender
#endif
