#include "ascender/kernels/reduce/reduce_reference.h"

#include <cmath>

#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

template <class Map>
double total(const Tensor& x, const Map& map) {
  long double sum = 0;
  visit_real(x.dtype(), "reduce", [&]<class T>() {
    for (int64_t i = 0; i < x.count(); ++i) sum += map(static_cast<long double>(x.as<T>()[i]));
  });
  return static_cast<double>(sum);
}

}  // namespace

double sum_reference(const Tensor& x) {
  return total(x, [](long double value) { return value; });
}

double sum_of_squares_reference(const Tensor& x) {
  return total(x, [](long double value) { return value * value; });
}

int64_t count_nonfinite_reference(const Tensor& x) {
  return static_cast<int64_t>(total(x, [](long double value) { return std::isfinite(value) ? 0.0L : 1.0L; }));
}

void sum_rows_reference(const Tensor& dy_tensor, const Tensor& dbias, Write write) {
  visit_real(dy_tensor.dtype(), "sum_rows", [&]<class T>() {
    const RowView<T> dy(dy_tensor);
    for (int64_t c = 0; c < dbias.count(); ++c) {
      long double sum = 0;
      for (int64_t n = 0; n < dy.count(); ++n) sum += static_cast<long double>(dy[n][c]);
      store(write, dbias.as<T>()[c], static_cast<T>(sum));
    }
  });
}

}  // namespace ascender
