#include "ascender/kernels/elementwise/elementwise.h"

#include "ascender/kernels/elementwise/elementwise_cpu.h"
#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

void check_like(const Tensor& y, const Tensor& x, const char* kernel) {
  ASC_CHECK(x.shape() == y.shape() && x.dtype() == y.dtype(), "[{}] operands must be {} {}, got {} {}",
            kernel, y.shape().text(), name_of(y.dtype()), x.shape().text(), name_of(x.dtype()));
}

bool begin(Context& context, const Tensor& y, Write write, int inputs, double flops) {
  const double count = static_cast<double>(y.count());
  return context.begin(flops * count, bytes_of(y, write) + inputs * bytes_of(y));
}

}  // namespace

void fill(Context& context, const Tensor& y, double value) {
  if (begin(context, y, Write::kAssign, 0, 0))
    elementwise_cpu(context, MapKind::kFill, {}, {}, value, y, Write::kAssign);
}

void copy(Context& context, const Tensor& x, const Tensor& y, Write write) {
  check_like(y, x, "copy");
  if (begin(context, y, write, 1, write == Write::kAdd ? 1 : 0))
    elementwise_cpu(context, MapKind::kCopy, x, {}, 0, y, write);
}

void add(Context& context, const Tensor& a, const Tensor& b, const Tensor& y) {
  check_like(y, a, "add");
  check_like(y, b, "add");
  if (begin(context, y, Write::kAssign, 2, 1))
    elementwise_cpu(context, MapKind::kAdd, a, b, 0, y, Write::kAssign);
}

void scale(Context& context, const Tensor& x, double factor, const Tensor& y, Write write) {
  check_like(y, x, "scale");
  if (begin(context, y, write, 1, write == Write::kAdd ? 2 : 1))
    elementwise_cpu(context, MapKind::kScale, x, {}, factor, y, write);
}

void multiply(Context& context, const Tensor& a, const Tensor& b, const Tensor& y, Write write) {
  check_like(y, a, "multiply");
  check_like(y, b, "multiply");
  if (begin(context, y, write, 2, write == Write::kAdd ? 2 : 1))
    elementwise_cpu(context, MapKind::kMultiply, a, b, 0, y, write);
}

}  // namespace ascender
