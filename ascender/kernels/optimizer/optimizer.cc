#include "ascender/kernels/optimizer/optimizer.h"

#include "ascender/kernels/optimizer/optimizer_cpu.h"
#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

void check_like(const Tensor& p, const Tensor& other, const char* kernel, const char* name) {
  ASC_CHECK(p.contiguous() && other.contiguous() && other.count() == p.count() && other.dtype() == p.dtype(),
            "[{}] {} must be contiguous like p, {} {}, got {} {}", kernel, name, p.shape().text(),
            name_of(p.dtype()), other.shape().text(), name_of(other.dtype()));
}

double cost(const Tensor& p, double flops) { return flops * static_cast<double>(p.count()); }

}  // namespace

void adamw(Context& context, const Tensor& p, const Tensor& g, const Tensor& m, const Tensor& v,
           const AdamW& options) {
  check_like(p, g, "adamw", "g");
  check_like(p, m, "adamw", "m");
  check_like(p, v, "adamw", "v");
  ASC_CHECK(options.step >= 1, "[adamw] steps count from 1, got {}", options.step);
  if (context.begin(cost(p, 14), 7 * bytes_of(p))) adamw_cpu(context, p, g, m, v, options);
}

void sgd(Context& context, const Tensor& p, const Tensor& g, const Tensor& m, const Sgd& options) {
  check_like(p, g, "sgd", "g");
  check_like(p, m, "sgd", "m");
  if (context.begin(cost(p, 8), 5 * bytes_of(p))) sgd_cpu(context, p, g, m, options);
}

void average_weights(Context& context, const Tensor& p, const Tensor& average, double decay) {
  check_like(p, average, "average_weights", "average");
  if (context.begin(cost(p, 3), 3 * bytes_of(p))) blend_cpu(context, average, decay, p, 1 - decay);
}

}  // namespace ascender
