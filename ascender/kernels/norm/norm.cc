#include "ascender/kernels/norm/norm.h"

#include "ascender/kernels/norm/norm_cpu.h"
#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

void check_like(const Tensor& x, const Tensor& other, const char* kernel, const char* name) {
  ASC_CHECK(other.shape() == x.shape() && other.dtype() == x.dtype(), "[{}] {} must be {} {}, got {} {}",
            kernel, name, x.shape().text(), name_of(x.dtype()), other.shape().text(), name_of(other.dtype()));
}

// A vector of `count` elements in the dtype of x; may be empty unless `needed`.
void check_vector(const Tensor& x, const Tensor& vector, int64_t count, bool needed, const char* kernel,
                  const char* name) {
  if (vector.empty() && !needed) return;
  ASC_CHECK(vector.count() == count && vector.contiguous() && vector.dtype() == x.dtype() && !vector.empty(),
            "[{}] {} must have {} elements of {}, got {} {}", kernel, name, count, name_of(x.dtype()),
            vector.shape().text(), name_of(vector.dtype()));
}

int64_t rows_of(const Tensor& x, const char* kernel) {
  ASC_CHECK(x.rank() >= 1 && x.size(-1) >= 1, "[{}] x must have a last axis, got {}", kernel,
            x.shape().text());
  return x.count() / x.size(-1);
}

double cost(const Tensor& x, double per_element) { return per_element * static_cast<double>(x.count()); }

}  // namespace

void rms_norm_forward(Context& context, const Tensor& x, const Tensor& gain, const Tensor& y,
                      const Tensor& rstd, const NormOptions& options) {
  const int64_t N = rows_of(x, "rms_norm");
  check_like(x, y, "rms_norm", "y");
  check_vector(x, gain, x.size(-1), false, "rms_norm", "gain");
  check_vector(x, rstd, N, false, "rms_norm", "rstd");
  if (!options.residual.empty()) check_like(x, options.residual, "rms_norm", "residual");
  if (!context.begin(cost(x, 4), bytes_of(x) + bytes_of(y) + bytes_of(gain) + bytes_of(options.residual)))
    return;
  norm_forward_cpu(context, {.x = x,
                             .gain = gain,
                             .bias = {},
                             .residual = options.residual,
                             .y = y,
                             .mean = {},
                             .rstd = rstd,
                             .eps = options.eps,
                             .centered = false});
}

void rms_norm_backward(Context& context, const Tensor& x, const Tensor& gain, const Tensor& rstd,
                       const Tensor& dy, const Tensor& dx, Write write_dx, const Tensor& dgain,
                       Write write_dgain) {
  const int64_t N = rows_of(x, "rms_norm_backward");
  check_like(x, dy, "rms_norm_backward", "dy");
  check_like(x, dx, "rms_norm_backward", "dx");
  check_vector(x, gain, x.size(-1), false, "rms_norm_backward", "gain");
  check_vector(x, dgain, x.size(-1), false, "rms_norm_backward", "dgain");
  check_vector(x, rstd, N, true, "rms_norm_backward", "rstd");
  if (!context.begin(cost(x, 10), bytes_of(x) + bytes_of(dy) + bytes_of(dx, write_dx) + bytes_of(gain) +
                                      bytes_of(dgain, write_dgain))) {
    return;
  }
  norm_backward_cpu(context, {.x = x,
                              .gain = gain,
                              .mean = {},
                              .rstd = rstd,
                              .dy = dy,
                              .dx = dx,
                              .dgain = dgain,
                              .dbias = {},
                              .write_dx = write_dx,
                              .write_dgain = write_dgain,
                              .write_dbias = Write::kAssign,
                              .centered = false});
}

void layer_norm_forward(Context& context, const Tensor& x, const Tensor& gain, const Tensor& bias,
                        const Tensor& y, const Tensor& mean, const Tensor& rstd, const NormOptions& options) {
  const int64_t N = rows_of(x, "layer_norm");
  ASC_CHECK(options.residual.empty(), "[layer_norm] takes no residual");
  check_like(x, y, "layer_norm", "y");
  check_vector(x, gain, x.size(-1), false, "layer_norm", "gain");
  check_vector(x, bias, x.size(-1), false, "layer_norm", "bias");
  check_vector(x, mean, N, false, "layer_norm", "mean");
  check_vector(x, rstd, N, false, "layer_norm", "rstd");
  if (!context.begin(cost(x, 7), bytes_of(x) + bytes_of(y) + bytes_of(gain) + bytes_of(bias))) return;
  norm_forward_cpu(context, {.x = x,
                             .gain = gain,
                             .bias = bias,
                             .residual = {},
                             .y = y,
                             .mean = mean,
                             .rstd = rstd,
                             .eps = options.eps,
                             .centered = true});
}

void layer_norm_backward(Context& context, const Tensor& x, const Tensor& gain, const Tensor& mean,
                         const Tensor& rstd, const Tensor& dy, const Tensor& dx, Write write_dx,
                         const Tensor& dgain, Write write_dgain, const Tensor& dbias, Write write_dbias) {
  const int64_t N = rows_of(x, "layer_norm_backward");
  check_like(x, dy, "layer_norm_backward", "dy");
  check_like(x, dx, "layer_norm_backward", "dx");
  check_vector(x, gain, x.size(-1), false, "layer_norm_backward", "gain");
  check_vector(x, dgain, x.size(-1), false, "layer_norm_backward", "dgain");
  check_vector(x, dbias, x.size(-1), false, "layer_norm_backward", "dbias");
  check_vector(x, mean, N, true, "layer_norm_backward", "mean");
  check_vector(x, rstd, N, true, "layer_norm_backward", "rstd");
  if (!context.begin(cost(x, 14), bytes_of(x) + bytes_of(dy) + bytes_of(dx, write_dx) + bytes_of(gain) +
                                      bytes_of(dgain, write_dgain) + bytes_of(dbias, write_dbias))) {
    return;
  }
  norm_backward_cpu(context, {.x = x,
                              .gain = gain,
                              .mean = mean,
                              .rstd = rstd,
                              .dy = dy,
                              .dx = dx,
                              .dgain = dgain,
                              .dbias = dbias,
                              .write_dx = write_dx,
                              .write_dgain = write_dgain,
                              .write_dbias = write_dbias,
                              .centered = true});
}

}  // namespace ascender
