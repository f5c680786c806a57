#include "ascender/kernels/rope/rope_reference.h"

#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

template <class T>
void rotate(const Tensor& x_tensor, const Tensor& y_tensor, const T* cosines, const T* sines,
            const RopeOptions& options, Write write) {
  const RowView<T> x(x_tensor), y(y_tensor);
  const int64_t T_ = x_tensor.size(1), H = x_tensor.size(2), half = x.columns() / 2;
  for (int64_t n = 0; n < x.count(); ++n) {
    const int64_t position = options.offset + n / H % T_;
    for (int64_t i = 0; i < half; ++i) {
      const double c = cosines[position * half + i];
      const double s = (options.inverse ? -1.0 : 1.0) * sines[position * half + i];
      const double a = x[n][i], b = x[n][i + half];
      store(write, y[n][i], static_cast<T>(a * c - b * s));
      store(write, y[n][i + half], static_cast<T>(a * s + b * c));
    }
  }
}

}  // namespace

void rope_reference(const Tensor& x, const Tensor& y, const Tensor& cosines, const Tensor& sines,
                    const RopeOptions& options, Write write) {
  visit_real(x.dtype(), "rope",
             [&]<class T>() { rotate<T>(x, y, cosines.as<T>(), sines.as<T>(), options, write); });
}

}  // namespace ascender
