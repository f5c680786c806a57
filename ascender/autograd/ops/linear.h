// y = activation(x w + b) + residual. x: [..,K], w: [K,N] (transposed: [N,K]), y: [..,N]; SwiGLU: w [K,2N].
#pragma once

#include "ascender/autograd/tape.h"
#include "ascender/kernels/matmul/matmul.h"

namespace ascender {

struct LinearOptions {
  Var bias = {};
  Activation activation = Activation::kNone;
  Var residual = {};
  bool transposed = false;
  const PackedMatrix* packed = nullptr;  // w packed for x w: it stays resident across a model's loops
  const PackedMatrix* packed_transposed = nullptr;  // w packed for dy w^T
};
Var linear(Tape& tape, const Var& x, const Var& w, const LinearOptions& options = {});

}  // namespace ascender
