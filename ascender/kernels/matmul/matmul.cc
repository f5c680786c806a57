#include "ascender/kernels/matmul/matmul.h"

#include "ascender/kernels/matmul/matmul_reference.h"
#include "ascender/kernels/matmul/problem.h"

namespace ascender {

void matmul(Context& context, MatmulKind kind, const Tensor& a, const Tensor& b, const Tensor& c,
            const MatmulOptions& options) {
  matmul_reference(context, kind, a, b, c, options);
}

void activation_backward(Context& context, Activation activation, const Tensor& z, const Tensor& dc,
                         const Tensor& dz) {
  activation_backward_reference(context, activation, z, dc, dz);
}

size_t packed_bytes(MatmulKind, const Tensor&) { return 0; }

PackedMatrix pack(Context&, MatmulKind kind, const Tensor& b, void* memory) {
  ASC_CHECK(kind != MatmulKind::kTN, "[pack] B of TN lies as that of NN");
  return {kind, b, memory};
}

void matmul(Context& context, const Tensor& a, const PackedMatrix& b, const Tensor& c,
            const MatmulOptions& options) {
  matmul(context, b.kind, a, b.source, c, options);
}

}  // namespace ascender
