#include "ascender/kernels/embedding/embedding_reference.h"

#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

template <class T>
void forward(const Tensor& table_tensor, const int32_t* ids, const Tensor& y_tensor, Write write) {
  const RowView<T> table(table_tensor), y(y_tensor);
  for (int64_t n = 0; n < y.count(); ++n) {
    for (int64_t c = 0; c < y.columns(); ++c) store(write, y[n][c], ids[n] < 0 ? T(0) : table[ids[n]][c]);
  }
}

template <class T>
void backward(const int32_t* ids, const Tensor& dy_tensor, const Tensor& dtable_tensor) {
  const RowView<T> dy(dy_tensor), dtable(dtable_tensor);
  for (int64_t n = 0; n < dy.count(); ++n) {
    if (ids[n] < 0) continue;
    for (int64_t c = 0; c < dy.columns(); ++c) dtable[ids[n]][c] += dy[n][c];
  }
}

}  // namespace

void embedding_forward_reference(const Tensor& table, const Tensor& ids, const Tensor& y, Write write) {
  visit_real(y.dtype(), "embedding", [&]<class T>() { forward<T>(table, ids.as<int32_t>(), y, write); });
}

void embedding_backward_reference(const Tensor& ids, const Tensor& dy, const Tensor& dtable) {
  visit_real(dy.dtype(), "embedding", [&]<class T>() { backward<T>(ids.as<int32_t>(), dy, dtable); });
}

}  // namespace ascender
