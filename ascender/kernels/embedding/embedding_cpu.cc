#include "ascender/kernels/embedding/embedding_cpu.h"

#include "ascender/kernels/partition.h"
#include "ascender/kernels/rows.h"
#include "ascender/tile/target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/embedding/embedding_cpu.cc"
#include "ascender/tile/cpu/foreach_target.h"
// the targets first
#include "ascender/kernels/packs-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

// Rows [begin, end) of y.
template <class T>
void embedding_gather(const RowView<T>& table, const int32_t* ids, const RowView<T>& y, bool adding,
                      int64_t begin, int64_t end) {
  const Pack<T> zero = splat(T(0));
  for (int64_t n = begin; n < end; ++n) {
    T* row = y[n];
    if (ids[n] < 0) {
      if (!adding)
        each_pack<T>(y.columns(), [&](int64_t c, auto part) ASC_LANES { store_at(zero, row + c, part); });
      continue;
    }
    const T* from = table[ids[n]];
    each_pack<T>(y.columns(), [&](int64_t c, auto part)
                                  ASC_LANES { put(load_at(from + c, part), row + c, part, adding); });
  }
}

// Columns [begin, end) of dtable, all rows in order.
template <class T>
void embedding_scatter(const int32_t* ids, const RowView<T>& dy, const RowView<T>& dtable, int64_t begin,
                       int64_t end) {
  for (int64_t n = 0; n < dy.count(); ++n) {
    if (ids[n] < 0) continue;
    const T* from = dy[n] + begin;
    T* row = dtable[ids[n]] + begin;
    each_pack<T>(end - begin,
                 [&](int64_t c, auto part) ASC_LANES { put(load_at(from + c, part), row + c, part, true); });
  }
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {
namespace {

constexpr int64_t kColumnsATask = 64;

}  // namespace

void embedding_forward_cpu(Context& context, const Tensor& table, const Tensor& ids, const Tensor& y,
                           Write write) {
  visit_real(y.dtype(), "embedding", [&]<class T>() {
    static constexpr auto kGather = ASC_PER_TARGET(embedding_gather<T>);
    const RowView<T> from(table), to(y);
    for_blocks(context, divide_rows(to.count(), to.columns()), y.count(),
               [&](int64_t, int64_t begin, int64_t end) {
                 kGather.chosen()(from, ids.as<int32_t>(), to, write == Write::kAdd, begin, end);
               });
  });
}

void embedding_backward_cpu(Context& context, const Tensor& ids, const Tensor& dy, const Tensor& dtable) {
  visit_real(dy.dtype(), "embedding", [&]<class T>() {
    static constexpr auto kScatter = ASC_PER_TARGET(embedding_scatter<T>);
    const RowView<T> from(dy), to(dtable);
    const int64_t C = from.columns();
    const Partition columns = {C, dy.count() < kSerialElements ? C : kColumnsATask};
    for_blocks(context, columns, dy.count(), [&](int64_t, int64_t begin, int64_t end) {
      kScatter.chosen()(ids.as<int32_t>(), from, to, begin, end);
    });
  });
}

}  // namespace ascender
#endif
