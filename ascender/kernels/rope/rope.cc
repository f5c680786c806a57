#include "ascender/kernels/rope/rope.h"

#include <cmath>

#include "ascender/kernels/rope/rope_cpu.h"
#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

void check_table(const Tensor& table, const char* name, int64_t rows, int64_t half, DType dtype) {
  ASC_CHECK(table.rank() == 2 && table.size(0) >= rows && table.size(1) == half && table.contiguous() &&
                table.dtype() == dtype,
            "[rope] {} must be [>={},{}] {}, got {} {}", name, rows, half, name_of(dtype),
            table.shape().text(), name_of(table.dtype()));
}

}  // namespace

void rope_table(const Tensor& cosines, const Tensor& sines, double base) {
  const int64_t positions = cosines.size(0), half = cosines.size(1);
  check_table(cosines, "cosines", positions, half, cosines.dtype());
  check_table(sines, "sines", positions, half, cosines.dtype());
  visit_real(cosines.dtype(), "rope_table", [&]<class T>() {
    for (int64_t i = 0; i < half; ++i) {
      const double frequency = std::pow(base, -static_cast<double>(i) / static_cast<double>(half));
      for (int64_t t = 0; t < positions; ++t) {
        cosines.as<T>()[t * half + i] = static_cast<T>(std::cos(static_cast<double>(t) * frequency));
        sines.as<T>()[t * half + i] = static_cast<T>(std::sin(static_cast<double>(t) * frequency));
      }
    }
  });
}

void rope(Context& context, const Tensor& x, const Tensor& y, const Tensor& cosines, const Tensor& sines,
          const RopeOptions& options, Write write) {
  ASC_CHECK(x.rank() == 4 && x.size(3) % 2 == 0, "[rope] x must be [B,T,H,D] with D even, got {}",
            x.shape().text());
  ASC_CHECK(y.shape() == x.shape() && y.dtype() == x.dtype(), "[rope] y must be {} {}, got {} {}",
            x.shape().text(), name_of(x.dtype()), y.shape().text(), name_of(y.dtype()));
  const int64_t positions = options.offset + x.size(1);
  check_table(cosines, "cosines", positions, x.size(3) / 2, x.dtype());
  check_table(sines, "sines", positions, x.size(3) / 2, x.dtype());
  if (!context.begin(3.0 * static_cast<double>(x.count()), bytes_of(x) + bytes_of(y, write))) return;
  rope_cpu(context, x, y, cosines, sines, options, write);
}

}  // namespace ascender
