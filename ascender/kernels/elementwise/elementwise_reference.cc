#include "ascender/kernels/elementwise/elementwise_reference.h"

#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

// y[n][c] (+)= map(n, c) over rows.
template <class T, class Map>
void each(const RowView<T>& y, Write write, const Map& map) {
  for (int64_t n = 0; n < y.count(); ++n) {
    for (int64_t c = 0; c < y.columns(); ++c) store(write, y[n][c], map(n, c));
  }
}

}  // namespace

void fill_reference(const Tensor& y, double value) {
  visit_real(y.dtype(), "fill", [&]<class T>() {
    each(RowView<T>(y), Write::kAssign, [&](int64_t, int64_t) { return static_cast<T>(value); });
  });
}

void copy_reference(const Tensor& x_tensor, const Tensor& y, Write write) {
  visit_real(y.dtype(), "copy", [&]<class T>() {
    const RowView<T> x(x_tensor);
    each(RowView<T>(y), write, [&](int64_t n, int64_t c) { return x[n][c]; });
  });
}

void add_reference(const Tensor& a_tensor, const Tensor& b_tensor, const Tensor& y) {
  visit_real(y.dtype(), "add", [&]<class T>() {
    const RowView<T> a(a_tensor), b(b_tensor);
    each(RowView<T>(y), Write::kAssign, [&](int64_t n, int64_t c) { return a[n][c] + b[n][c]; });
  });
}

void scale_reference(const Tensor& x_tensor, double factor, const Tensor& y, Write write) {
  visit_real(y.dtype(), "scale", [&]<class T>() {
    const RowView<T> x(x_tensor);
    each(RowView<T>(y), write, [&](int64_t n, int64_t c) { return x[n][c] * static_cast<T>(factor); });
  });
}

void multiply_reference(const Tensor& a_tensor, const Tensor& b_tensor, const Tensor& y, Write write) {
  visit_real(y.dtype(), "multiply", [&]<class T>() {
    const RowView<T> a(a_tensor), b(b_tensor);
    each(RowView<T>(y), write, [&](int64_t n, int64_t c) { return a[n][c] * b[n][c]; });
  });
}

}  // namespace ascender
