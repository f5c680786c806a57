#include "ascender/kernels/attention/attention.h"

namespace ascender {

void attention_forward(Context& context, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out,
                       const Tensor& lse, const AttentionOptions& options) {
  attention_forward_reference(context, q, k, v, out, lse, options);
}

void attention_backward(Context& context, const Tensor& q, const Tensor& k, const Tensor& v,
                        const Tensor& out, const Tensor& lse, const Tensor& dout,
                        const AttentionGradients& gradients, const AttentionOptions& options) {
  attention_backward_reference(context, q, k, v, out, lse, dout, gradients, options);
}

}  // namespace ascender
