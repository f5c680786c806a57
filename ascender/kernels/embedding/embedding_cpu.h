// The bodies of embedding.h on a CPU, for the best target that runs. Arguments are checked by embedding.cc.
#pragma once

#include "ascender/kernels/embedding/embedding.h"

namespace ascender {

void embedding_forward_cpu(Context& context, const Tensor& table, const Tensor& ids, const Tensor& y,
                           Write write);
void embedding_backward_cpu(Context& context, const Tensor& ids, const Tensor& dy, const Tensor& dtable);

}  // namespace ascender
