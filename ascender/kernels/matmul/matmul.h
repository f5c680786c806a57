// C = op(A) op(B), or C += it, with a fused epilogue.
//   NN: A [M,K], B [K,N]     NT: A [M,K], B [N,K]     TN: A [K,M], B [K,N]     C: [M,N]
// Matrices are rank-2 views, rows may be strided; A, B f32, f64 or bf16 (both alike), C f32 (f64 for f64).
// Order of reduction, part of the contract: one accumulator an element, k ascending, starting from C when
// adding (a fused multiply-add a step), so that no schedule and no number of threads changes a bit.
#pragma once

#include "ascender/kernels/context.h"

namespace ascender {

enum class MatmulKind { kNN, kNT, kTN };

// GELU is the tanh approximation (GPT-2). SwiGLU: C [M,N] = silu(Z[:, :N]) * Z[:, N:], Z = A B with 2N
// columns.
enum class Activation { kNone, kGelu, kRelu, kReluSquared, kSwiGlu };

// z = (A B) + bias; C = activation(z) + residual. With `derivative_of`: C = (A B) *
// activation'(derivative_of).
struct MatmulOptions {
  Write write = Write::kAssign;  // kAdd: only with an otherwise empty epilogue
  Tensor bias = {};              // [N] ([2N] for SwiGLU)
  Activation activation = Activation::kNone;
  Tensor preactivation = {};  // out: z [M,N] ([M,2N] for SwiGLU), what the activation's backward needs
  Tensor residual = {};       // [M,N], may alias C
  Tensor derivative_of = {};  // in: z [M,N]; not for SwiGLU
};

void matmul(Context& context, MatmulKind kind, const Tensor& a, const Tensor& b, const Tensor& c,
            const MatmulOptions& options = {});

// The same product by plain loops with the same order of reduction: the oracle of the tests.
void matmul_reference(Context& context, MatmulKind kind, const Tensor& a, const Tensor& b, const Tensor& c,
                      const MatmulOptions& options = {});

// dz from dc and z. [M,N] each; for SwiGLU z and dz are [M,2N]. dz may alias dc where the shapes agree.
void activation_backward(Context& context, Activation activation, const Tensor& z, const Tensor& dc,
                         const Tensor& dz);

// B packed once and used many times: the weights of a looped block stay resident across its loops. `kind`
// says how B lies (NN: [K,N], NT: [N,K]). Memory comes from the caller: packed_bytes(kind, b) bytes.
struct PackedMatrix {
  MatmulKind kind = MatmulKind::kNN;
  Tensor source;  // for its shape and dtype
  void* panels = nullptr;
};
size_t packed_bytes(MatmulKind kind, const Tensor& b);
PackedMatrix pack(Context& context, MatmulKind kind, const Tensor& b, void* memory);
void matmul(Context& context, const Tensor& a, const PackedMatrix& b, const Tensor& c,
            const MatmulOptions& options = {});

}  // namespace ascender
