// Plain loops for cross_entropy.h, in double: the oracle of the tests. Shapes are the caller's to check.
#pragma once

#include "ascender/kernels/cross_entropy/cross_entropy.h"

namespace ascender {

void cross_entropy_forward_reference(const Tensor& logits, const Tensor& targets, const Tensor& loss,
                                     const Tensor& lse, const CrossEntropyOptions& options);
void cross_entropy_backward_reference(const Tensor& logits, const Tensor& targets, const Tensor& lse,
                                      double scale, const Tensor& dlogits,
                                      const CrossEntropyOptions& options);

}  // namespace ascender
