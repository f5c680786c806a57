// Plain loops for embedding.h: the oracle of the tests. Shapes are the caller's to check.
#pragma once

#include "ascender/kernels/embedding/embedding.h"

namespace ascender {

void embedding_forward_reference(const Tensor& table, const Tensor& ids, const Tensor& y, Write write);
void embedding_backward_reference(const Tensor& ids, const Tensor& dy, const Tensor& dtable);

}  // namespace ascender
