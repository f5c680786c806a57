// The bodies of cross_entropy.h on a CPU, for the best target that runs. Arguments are checked by
// cross_entropy.cc.
#pragma once

#include "ascender/kernels/cross_entropy/cross_entropy.h"

namespace ascender {

void cross_entropy_forward_cpu(Context& context, const Tensor& logits, const Tensor& targets,
                               const Tensor& loss, const Tensor& lse, const CrossEntropyOptions& options);
void cross_entropy_backward_cpu(Context& context, const Tensor& logits, const Tensor& targets,
                                const Tensor& lse, double scale, const Tensor& dlogits,
                                const CrossEntropyOptions& options);

}  // namespace ascender
