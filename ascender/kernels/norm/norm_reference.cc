#include "ascender/kernels/norm/norm_reference.h"

#include <cmath>

#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

template <class T>
const T* values(const Tensor& x) {
  return x.empty() ? nullptr : x.as<T>();
}

template <class T>
double mean_of(const T* x, int64_t C) {
  double sum = 0;
  for (int64_t c = 0; c < C; ++c) sum += static_cast<double>(x[c]);
  return sum / static_cast<double>(C);
}

// mean((x - center)^2)
template <class T>
double spread(const T* x, double center, int64_t C) {
  double sum = 0;
  for (int64_t c = 0; c < C; ++c) sum += (x[c] - center) * (x[c] - center);
  return sum / static_cast<double>(C);
}

template <class T>
void forward(bool centered, const Tensor& x_tensor, const Tensor& gain_tensor, const Tensor& bias_tensor,
             const Tensor& y_tensor, const Tensor& mean, const Tensor& rstd, const NormOptions& options) {
  const RowView<T> x(x_tensor), y(y_tensor), residual(options.residual);
  const T* gain = values<T>(gain_tensor);
  const T* bias = values<T>(bias_tensor);
  for (int64_t n = 0; n < x.count(); ++n) {
    const double center = centered ? mean_of(x[n], x.columns()) : 0;
    const double r = 1 / std::sqrt(spread(x[n], center, x.columns()) + options.eps);
    if (!mean.empty()) mean.as<T>()[n] = static_cast<T>(center);
    if (!rstd.empty()) rstd.as<T>()[n] = static_cast<T>(r);
    for (int64_t c = 0; c < x.columns(); ++c) {
      const double value = (x[n][c] - center) * r * (gain ? static_cast<double>(gain[c]) : 1.0);
      y[n][c] = static_cast<T>(value + (bias ? static_cast<double>(bias[c]) : 0.0) +
                               (residual ? static_cast<double>(residual[n][c]) : 0.0));
    }
  }
}

// With h = (x - mean) rstd and g = dy gain: dx = rstd (g - mean(g) [centered only] - h mean(g h)).
template <class T>
void backward_dx(bool centered, const Tensor& x_tensor, const Tensor& gain_tensor, const Tensor& mean,
                 const Tensor& rstd, const Tensor& dy_tensor, const Tensor& dx_tensor, Write write) {
  const RowView<T> x(x_tensor), dy(dy_tensor), dx(dx_tensor);
  const T* gain = values<T>(gain_tensor);
  const int64_t C = x.columns();
  for (int64_t n = 0; n < x.count(); ++n) {
    const double center = centered ? static_cast<double>(mean.as<T>()[n]) : 0.0;
    const double r = rstd.as<T>()[n];
    const auto g = [&](int64_t c) { return dy[n][c] * (gain ? static_cast<double>(gain[c]) : 1.0); };
    const auto h = [&](int64_t c) { return (x[n][c] - center) * r; };
    double sum_g = 0, sum_gh = 0;
    for (int64_t c = 0; c < C; ++c) sum_g += g(c), sum_gh += g(c) * h(c);
    const double mean_g = centered ? sum_g / static_cast<double>(C) : 0;
    for (int64_t c = 0; c < C; ++c) {
      store(write, dx[n][c], static_cast<T>(r * (g(c) - mean_g - h(c) * sum_gh / static_cast<double>(C))));
    }
  }
}

template <class T>
void backward_parameters(bool centered, const Tensor& x_tensor, const Tensor& mean, const Tensor& rstd,
                         const Tensor& dy_tensor, const Tensor& dgain, Write write_dgain, const Tensor& dbias,
                         Write write_dbias) {
  const RowView<T> x(x_tensor), dy(dy_tensor);
  for (int64_t c = 0; c < x.columns(); ++c) {
    double gain_sum = 0, bias_sum = 0;
    for (int64_t n = 0; n < x.count(); ++n) {
      const double center = centered ? static_cast<double>(mean.as<T>()[n]) : 0.0;
      gain_sum += dy[n][c] * (x[n][c] - center) * rstd.as<T>()[n];
      bias_sum += static_cast<double>(dy[n][c]);
    }
    if (!dgain.empty()) store(write_dgain, dgain.as<T>()[c], static_cast<T>(gain_sum));
    if (!dbias.empty()) store(write_dbias, dbias.as<T>()[c], static_cast<T>(bias_sum));
  }
}

}  // namespace

void rms_norm_forward_reference(const Tensor& x, const Tensor& gain, const Tensor& y, const Tensor& rstd,
                                const NormOptions& options) {
  visit_real(x.dtype(), "rms_norm", [&]<class T>() { forward<T>(false, x, gain, {}, y, {}, rstd, options); });
}

void rms_norm_backward_reference(const Tensor& x, const Tensor& gain, const Tensor& rstd, const Tensor& dy,
                                 const Tensor& dx, Write write_dx, const Tensor& dgain, Write write_dgain) {
  visit_real(x.dtype(), "rms_norm", [&]<class T>() {
    backward_parameters<T>(false, x, {}, rstd, dy, dgain, write_dgain, {}, Write::kAssign);
    backward_dx<T>(false, x, gain, {}, rstd, dy, dx, write_dx);
  });
}

void layer_norm_forward_reference(const Tensor& x, const Tensor& gain, const Tensor& bias, const Tensor& y,
                                  const Tensor& mean, const Tensor& rstd, const NormOptions& options) {
  visit_real(x.dtype(), "layer_norm",
             [&]<class T>() { forward<T>(true, x, gain, bias, y, mean, rstd, options); });
}

void layer_norm_backward_reference(const Tensor& x, const Tensor& gain, const Tensor& mean,
                                   const Tensor& rstd, const Tensor& dy, const Tensor& dx, Write write_dx,
                                   const Tensor& dgain, Write write_dgain, const Tensor& dbias,
                                   Write write_dbias) {
  visit_real(x.dtype(), "layer_norm", [&]<class T>() {
    backward_parameters<T>(true, x, mean, rstd, dy, dgain, write_dgain, dbias, write_dbias);
    backward_dx<T>(true, x, gain, mean, rstd, dy, dx, write_dx);
  });
}

}  // namespace ascender
