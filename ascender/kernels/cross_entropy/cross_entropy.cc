#include "ascender/kernels/cross_entropy/cross_entropy.h"

#include "ascender/kernels/cross_entropy/cross_entropy_cpu.h"
#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

void check_vector(const Tensor& x, const char* name, int64_t N, DType dtype) {
  ASC_CHECK(x.count() == N && x.contiguous() && x.dtype() == dtype && !x.empty(),
            "[cross_entropy] {} must be [{}] {}, got {} {}", name, N, name_of(dtype), x.shape().text(),
            name_of(x.dtype()));
}

// Rows and options, and every target: a stray one would read outside its row.
void check(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  ASC_CHECK(logits.rank() >= 1 && logits.size(-1) >= 1, "[cross_entropy] logits must be [N,V], got {}",
            logits.shape().text());
  ASC_CHECK(!options.stablemax || (options.label_smoothing == 0 && options.z_loss == 0),
            "[cross_entropy] StableMax takes neither label smoothing nor z-loss");
  check_vector(targets, "targets", logits.count() / logits.size(-1), DType::kI32);
}

void check_targets(const Tensor& targets, int64_t V, int32_t ignore) {
  const int32_t* target = targets.as<int32_t>();
  for (int64_t n = 0; n < targets.count(); ++n) {
    ASC_CHECK(target[n] == ignore || (0 <= target[n] && target[n] < V),
              "[cross_entropy] target {} of row {} is outside [0, {})", target[n], n, V);
  }
}

}  // namespace

void cross_entropy_forward(Context& context, const Tensor& logits, const Tensor& targets, const Tensor& loss,
                           const Tensor& lse, const CrossEntropyOptions& options) {
  check(logits, targets, options);
  check_vector(loss, "loss", targets.count(), logits.dtype());
  check_vector(lse, "lse", targets.count(), logits.dtype());
  if (!context.begin(4.0 * static_cast<double>(logits.count()), bytes_of(logits))) return;
  check_targets(targets, logits.size(-1), options.ignore);
  cross_entropy_forward_cpu(context, logits, targets, loss, lse, options);
}

void cross_entropy_backward(Context& context, const Tensor& logits, const Tensor& targets, const Tensor& lse,
                            double scale, const Tensor& dlogits, const CrossEntropyOptions& options) {
  check(logits, targets, options);
  check_vector(lse, "lse", targets.count(), logits.dtype());
  ASC_CHECK(dlogits.shape() == logits.shape() && dlogits.dtype() == logits.dtype(),
            "[cross_entropy] dlogits must be {} {}, got {} {}", logits.shape().text(),
            name_of(logits.dtype()), dlogits.shape().text(), name_of(dlogits.dtype()));
  if (!context.begin(4.0 * static_cast<double>(logits.count()), bytes_of(logits) + bytes_of(dlogits))) return;
  check_targets(targets, logits.size(-1), options.ignore);
  cross_entropy_backward_cpu(context, logits, targets, lse, scale, dlogits, options);
}

}  // namespace ascender
