// Softmax cross-entropy with targets, probabilities never stored.
//   lse = log sum exp z;  loss = lse - (1 - s) z_t - s mean(z) + z_loss * lse^2      s = label_smoothing
// logits: [N,V] (rows may be strided), targets: i32 [N], loss, lse: [N]. A row whose target is `ignore` has
// loss 0 and no gradient (its lse is 0). StableMax (Prieto 2025, eq. 5): exp(z) becomes z + 1 for z >= 0, 1 /
// (1 - z) for z < 0.
#pragma once

#include "ascender/kernels/context.h"

namespace ascender {

struct CrossEntropyOptions {
  double label_smoothing = 0;
  double z_loss = 0;
  bool precise = false;    // reduce in double whatever the dtype
  bool stablemax = false;  // not with label smoothing or z-loss
  int32_t ignore = -1;
};

void cross_entropy_forward(Context& context, const Tensor& logits, const Tensor& targets, const Tensor& loss,
                           const Tensor& lse, const CrossEntropyOptions& options = {});
// dlogits = scale * d loss / d logits; may alias logits.
void cross_entropy_backward(Context& context, const Tensor& logits, const Tensor& targets, const Tensor& lse,
                            double scale, const Tensor& dlogits, const CrossEntropyOptions& options = {});

}  // namespace ascender
