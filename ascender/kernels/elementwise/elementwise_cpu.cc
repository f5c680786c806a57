#include "ascender/kernels/elementwise/elementwise_cpu.h"

#include <algorithm>

#include "ascender/kernels/partition.h"
#include "ascender/kernels/rows.h"
#include "ascender/tile/target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/elementwise/elementwise_cpu.cc"
#include "ascender/tile/cpu/foreach_target.h"
// the targets first
#include "ascender/kernels/packs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

template <MapKind kKind, bool kAdding, class T>
HWY_INLINE void map_run(const T* x, const T* z, const Pack<T>& factor, T* y, int64_t n) {
  each_pack<T>(n, [&](int64_t c, auto part) ASC_LANES {
    Pack<T> value = factor;
    if constexpr (kKind != MapKind::kFill) value = load_at(x + c, part);
    if constexpr (kKind == MapKind::kAdd) value = value + load_at(z + c, part);
    if constexpr (kKind == MapKind::kMultiply) value = value * load_at(z + c, part);
    if constexpr (kKind == MapKind::kScale) value = value * factor;
    put(value, y + c, part, kAdding);
  });
}

// n elements from x (and z) to y; what a kind does not read may be null.
template <class T>
void map_elements(MapKind kind, bool adding, const T* x, const T* z, T factor, T* y, int64_t n) {
  const Pack<T> f = splat(factor);
  const auto run = [&]<MapKind kKind>() ASC_LANES {
    return adding ? map_run<kKind, true>(x, z, f, y, n) : map_run<kKind, false>(x, z, f, y, n);
  };
  switch (kind) {
    case MapKind::kFill:
      return run.template operator()<MapKind::kFill>();
    case MapKind::kCopy:
      return run.template operator()<MapKind::kCopy>();
    case MapKind::kAdd:
      return run.template operator()<MapKind::kAdd>();
    case MapKind::kScale:
      return run.template operator()<MapKind::kScale>();
    case MapKind::kMultiply:
      return run.template operator()<MapKind::kMultiply>();
  }
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {
namespace {

template <class T>
void map_tensors(Context& context, MapKind kind, const Tensor& x_tensor, const Tensor& z_tensor,
                 double factor, const Tensor& y_tensor, Write write) {
  static constexpr auto kMap = ASC_PER_TARGET(map_elements<T>);
  const auto body = kMap.chosen();
  int folded = axes_end_to_end(y_tensor);  // a slice of an inner axis is a few long rows
  for (const Tensor* t : {&x_tensor, &z_tensor}) {
    if (!t->empty()) folded = std::min(folded, axes_end_to_end(*t));
  }
  const RowView<T> x(x_tensor, folded), z(z_tensor, folded), y(y_tensor, folded);
  const bool adding = write == Write::kAdd;
  const T value = static_cast<T>(factor);
  const auto flat = [](const RowView<T>& view) { return !view || view.flat(); };
  if (flat(x) && flat(z) && flat(y)) {
    for_blocks(context, divide_flat(y_tensor.count()), y_tensor.count(),
               [&](int64_t, int64_t begin, int64_t end) {
                 body(kind, adding, x ? x.data() + begin : nullptr, z ? z.data() + begin : nullptr, value,
                      y.data() + begin, end - begin);
               });
    return;
  }
  for_blocks(context, divide_rows(y.count(), y.columns()), y_tensor.count(),
             [&](int64_t, int64_t begin, int64_t end) {
               for (int64_t n = begin; n < end; ++n) {
                 body(kind, adding, x ? x[n] : nullptr, z ? z[n] : nullptr, value, y[n], y.columns());
               }
             });
}

}  // namespace

void elementwise_cpu(Context& context, MapKind kind, const Tensor& x, const Tensor& z, double factor,
                     const Tensor& y, Write write) {
  visit_real(y.dtype(), "elementwise",
             [&]<class T>() { map_tensors<T>(context, kind, x, z, factor, y, write); });
}

}  // namespace ascender
#endif
