// A product as the bodies see it: extents, checked against what the contract of matmul.h asks, and what it
// costs.
#pragma once

#include "ascender/kernels/matmul/matmul.h"

namespace ascender {

struct MatmulProblem {
  MatmulKind kind = MatmulKind::kNN;
  int64_t M = 0;
  int64_t N = 0;  // columns of A B: twice those of C for SwiGLU
  int64_t K = 0;
  int64_t columns = 0;  // of C
  double flops = 0;     // 2 M N K
  double bytes = 0;     // compulsory: every operand once, C twice when it is added to
};

// BugError when shapes, dtypes or options do not fit each other.
MatmulProblem matmul_problem(MatmulKind kind, const Tensor& a, const Tensor& b, const Tensor& c,
                             const MatmulOptions& options);

// The same for z, dc and dz of activation_backward: [M, columns], [M, columns], [M, N].
MatmulProblem activation_problem(Activation activation, const Tensor& z, const Tensor& dc, const Tensor& dz);

}  // namespace ascender
