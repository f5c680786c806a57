#include "ascender/kernels/cross_entropy/cross_entropy_reference.h"

#include <algorithm>
#include <cmath>

#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

double stable(double z) { return z >= 0 ? z + 1 : 1 / (1 - z); }
double stable_slope(double z) { return z >= 0 ? 1 : 1 / ((1 - z) * (1 - z)); }

template <class T>
double log_sum_exp(const T* z, int64_t V) {
  const double top = *std::max_element(z, z + V);
  if (std::isinf(top)) return top;
  double sum = 0;
  for (int64_t v = 0; v < V; ++v) sum += std::exp(z[v] - top);
  return top + std::log(sum);
}

template <class T>
double log_sum_stable(const T* z, int64_t V) {
  double sum = 0;
  for (int64_t v = 0; v < V; ++v) sum += stable(z[v]);
  return std::log(sum);
}

template <class T>
double row_loss(const T* z, int64_t V, int32_t target, double lse, const CrossEntropyOptions& options) {
  if (options.stablemax) return lse - std::log(stable(z[target]));
  const double s = options.label_smoothing;
  const double loss = lse - (1 - s) * z[target] + (options.z_loss == 0 ? 0 : options.z_loss * lse * lse);
  if (s == 0) return loss;
  double sum = 0;
  for (int64_t v = 0; v < V; ++v) sum += static_cast<double>(z[v]);
  return loss - s * sum / static_cast<double>(V);
}

template <class T>
void forward(const Tensor& logits, const Tensor& targets, const Tensor& loss, const Tensor& lse,
             const CrossEntropyOptions& options) {
  const RowView<T> z(logits);
  for (int64_t n = 0; n < z.count(); ++n) {
    const int32_t target = targets.as<int32_t>()[n];
    const bool used = target != options.ignore;
    const double l = !used               ? 0
                     : options.stablemax ? log_sum_stable(z[n], z.columns())
                                         : log_sum_exp(z[n], z.columns());
    lse.as<T>()[n] = static_cast<T>(l);
    loss.as<T>()[n] = static_cast<T>(used ? row_loss(z[n], z.columns(), target, l, options) : 0);
  }
}

template <class T>
double slope(double z, bool hit, int64_t V, double lse, const CrossEntropyOptions& options) {
  if (options.stablemax) {
    return stable_slope(z) / std::exp(lse) - (hit ? stable_slope(z) / stable(z) : 0);
  }
  const double s = options.label_smoothing;
  const double weight = options.z_loss == 0 ? 1 : 1 + 2 * options.z_loss * lse;
  return std::exp(z - lse) * weight - (hit ? 1 - s : 0) - s / static_cast<double>(V);
}

template <class T>
void backward(const Tensor& logits, const Tensor& targets, const Tensor& lse, double scale,
              const Tensor& dlogits, const CrossEntropyOptions& options) {
  const RowView<T> z(logits), dz(dlogits);
  for (int64_t n = 0; n < z.count(); ++n) {
    const int32_t target = targets.as<int32_t>()[n];
    const bool used = target != options.ignore;
    for (int64_t v = 0; v < z.columns(); ++v) {
      const double d = used ? slope<T>(z[n][v], v == target, z.columns(), lse.as<T>()[n], options) : 0;
      dz[n][v] = static_cast<T>(used ? scale * d : 0);
    }
  }
}

}  // namespace

void cross_entropy_forward_reference(const Tensor& logits, const Tensor& targets, const Tensor& loss,
                                     const Tensor& lse, const CrossEntropyOptions& options) {
  visit_real(logits.dtype(), "cross_entropy",
             [&]<class T>() { forward<T>(logits, targets, loss, lse, options); });
}

void cross_entropy_backward_reference(const Tensor& logits, const Tensor& targets, const Tensor& lse,
                                      double scale, const Tensor& dlogits,
                                      const CrossEntropyOptions& options) {
  visit_real(logits.dtype(), "cross_entropy",
             [&]<class T>() { backward<T>(logits, targets, lse, scale, dlogits, options); });
}

}  // namespace ascender
