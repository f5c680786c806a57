#include "ascender/kernels/embedding/embedding.h"

#include "ascender/kernels/embedding/embedding_cpu.h"
#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

void check(const Tensor& table, const Tensor& ids, const Tensor& y) {
  ASC_CHECK(table.rank() == 2 && y.rank() >= 1 && y.size(-1) == table.size(1) && y.dtype() == table.dtype(),
            "[embedding] rows of {} {} from a table {} {}", y.shape().text(), name_of(y.dtype()),
            table.shape().text(), name_of(table.dtype()));
  ASC_CHECK(ids.dtype() == DType::kI32 && ids.contiguous() && ids.count() * y.size(-1) == y.count(),
            "[embedding] ids must be i32, one a row of {}, got {} {}", y.shape().text(), ids.shape().text(),
            name_of(ids.dtype()));
}

void check_ids(const Tensor& ids, int64_t V) {
  const int32_t* id = ids.as<int32_t>();
  for (int64_t n = 0; n < ids.count(); ++n) {
    ASC_CHECK(id[n] < V, "[embedding] id {} of row {} is outside a table of {} rows", id[n], n, V);
  }
}

}  // namespace

void embedding_forward(Context& context, const Tensor& table, const Tensor& ids, const Tensor& y,
                       Write write) {
  check(table, ids, y);
  if (!context.begin(0, bytes_of(ids) + bytes_of(y) + bytes_of(y, write))) return;
  check_ids(ids, table.size(0));
  embedding_forward_cpu(context, table, ids, y, write);
}

void embedding_backward(Context& context, const Tensor& ids, const Tensor& dy, const Tensor& dtable) {
  check(dtable, ids, dy);
  if (!context.begin(static_cast<double>(dy.count()), bytes_of(ids) + 3 * bytes_of(dy))) return;
  check_ids(ids, dtable.size(0));
  embedding_backward_cpu(context, ids, dy, dtable);
}

}  // namespace ascender
