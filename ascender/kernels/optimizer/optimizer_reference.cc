#include "ascender/kernels/optimizer/optimizer_reference.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

using Matrix = std::vector<double>;

template <class T>
void adamw_loop(T* p, const T* g, T* m, T* v, int64_t n, const AdamW& o) {
  const double correction1 = 1 - std::pow(o.beta1, static_cast<double>(o.step));
  const double correction2 = 1 - std::pow(o.beta2, static_cast<double>(o.step));
  for (int64_t i = 0; i < n; ++i) {
    const double gradient = g[i] * o.gradient_scale;
    const double m1 = o.beta1 * m[i] + (1 - o.beta1) * gradient;
    const double v1 = o.beta2 * v[i] + (1 - o.beta2) * gradient * gradient;
    const double update = m1 / correction1 / (std::sqrt(v1 / correction2) + o.eps) + o.weight_decay * p[i];
    p[i] = static_cast<T>(p[i] - o.lr * update);
    m[i] = static_cast<T>(m1);
    v[i] = static_cast<T>(v1);
  }
}

template <class T>
void sgd_loop(T* p, const T* g, T* m, int64_t n, const Sgd& o) {
  for (int64_t i = 0; i < n; ++i) {
    const double gradient = g[i] * o.gradient_scale + o.weight_decay * p[i];
    const double m1 = o.momentum * m[i] + gradient;
    m[i] = static_cast<T>(m1);
    p[i] = static_cast<T>(p[i] - o.lr * (o.nesterov ? gradient + o.momentum * m1 : m1));
  }
}

// X X^T of X [R,C].
Matrix gram(const Matrix& x, int64_t R, int64_t C) {
  Matrix a(static_cast<size_t>(R * R));
  for (int64_t i = 0; i < R; ++i) {
    for (int64_t j = 0; j < R; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < C; ++k)
        sum += x[static_cast<size_t>(i * C + k)] * x[static_cast<size_t>(j * C + k)];
      a[static_cast<size_t>(i * R + j)] = sum;
    }
  }
  return a;
}

// X = a X + (b A + c A A) X with A = X X^T: one Newton-Schulz step, from the left.
Matrix newton_schulz(const Matrix& x, int64_t R, int64_t C) {
  const Matrix a = gram(x, R, C);
  const Matrix aa = gram(a, R, R);  // A is symmetric
  Matrix y(x.size());
  for (int64_t i = 0; i < R; ++i) {
    for (int64_t j = 0; j < C; ++j) {
      double sum = 3.4445 * x[static_cast<size_t>(i * C + j)];
      for (int64_t k = 0; k < R; ++k) {
        const auto at = static_cast<size_t>(i * R + k);
        sum += (-4.7750 * a[at] + 2.0315 * aa[at]) * x[static_cast<size_t>(k * C + j)];
      }
      y[static_cast<size_t>(i * C + j)] = sum;
    }
  }
  return y;
}

template <class T>
void muon_loop(T* p, const T* g, T* m, int64_t R, int64_t C, const Muon& o) {
  Matrix u(static_cast<size_t>(R * C));
  double norm = 0;
  for (size_t i = 0; i < u.size(); ++i) {
    const double gradient = g[i] * o.gradient_scale;
    const double m1 = o.momentum * m[i] + gradient;
    m[i] = static_cast<T>(m1);
    u[i] = o.nesterov ? gradient + o.momentum * m1 : m1;
    norm += u[i] * u[i];
  }
  for (double& value : u) value /= std::sqrt(norm) + 1e-7;
  for (int step = 0; step < 5; ++step) u = newton_schulz(u, R, C);
  const double factor = std::sqrt(std::max(1.0, static_cast<double>(R) / static_cast<double>(C)));
  for (size_t i = 0; i < u.size(); ++i)
    p[i] = static_cast<T>(p[i] - o.lr * (factor * u[i] + o.weight_decay * p[i]));
}

}  // namespace

void adamw_reference(const Tensor& p, const Tensor& g, const Tensor& m, const Tensor& v,
                     const AdamW& options) {
  visit_real(p.dtype(), "adamw",
             [&]<class T>() { adamw_loop(p.as<T>(), g.as<T>(), m.as<T>(), v.as<T>(), p.count(), options); });
}

void sgd_reference(const Tensor& p, const Tensor& g, const Tensor& m, const Sgd& options) {
  visit_real(p.dtype(), "sgd",
             [&]<class T>() { sgd_loop(p.as<T>(), g.as<T>(), m.as<T>(), p.count(), options); });
}

void muon_reference(const Tensor& p, const Tensor& g, const Tensor& m, const Muon& options) {
  visit_real(p.dtype(), "muon",
             [&]<class T>() { muon_loop(p.as<T>(), g.as<T>(), m.as<T>(), p.size(0), p.size(1), options); });
}

void average_weights_reference(const Tensor& p, const Tensor& average, double decay) {
  visit_real(p.dtype(), "average_weights", [&]<class T>() {
    for (int64_t i = 0; i < p.count(); ++i) {
      T& a = average.as<T>()[i];
      a = static_cast<T>(decay * a + (1 - decay) * p.as<T>()[i]);
    }
  });
}

}  // namespace ascender
