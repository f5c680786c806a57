// Softmax attention, flash style: no [Tq,Tk] matrix is ever stored (Dao 2023, "FlashAttention-2", algorithms
// 1, 2).
//   s = scale * q k^T + bias + alibi;  p = softmax(s) over the allowed keys;  out = p v;  lse = log sum exp s
// q, out: [B,Tq,H,D]; k, v: [B,Tk,Hk,D] with H a multiple of Hk (grouped queries: head h reads key head
// h*Hk/H); lse: [B,H,Tq]. The first three axes may be strided (packed q, k, v).
// D: 4..128 in multiples of 4. f32, f64; bf16 storage for q, k, v in forward (out, lse, slopes and bias are
// f32 then). lse may be empty in forward when no backward follows.
// A bias of -inf forbids, as does any of -1e29 (f64: -1e299) or less. A query with no allowed key gives
// out = 0, lse = -inf, and no gradient. NaN comes through.
// The order of reduction is part of the contract: keys in blocks of 64, ascending; in backward, sums over
// queries ascend, sums over key blocks (dq) descend. Neither threads nor the batch's size change a bit; the
// SIMD target may (tile/target.h). FLOPs count allowed pairs by causality and window, not by lengths.
#pragma once

#include "ascender/kernels/context.h"

namespace ascender {

struct AttentionOptions {
  double scale = 0;           // 0: 1 / sqrt(D)
  bool causal = false;        // query i sees keys j <= i + offset
  int64_t offset = 0;         // position of query 0 among the keys (Tk - Tq when decoding with a cache)
  int64_t window = 0;         // > 0: also j > i + offset - window
  Tensor slopes = {};         // ALiBi, [H] in the dtype of q: adds -slope * |i + offset - j|
  Tensor query_lengths = {};  // i32 [B]: rows from here on are padding (out = 0, no gradient)
  Tensor key_lengths = {};    // i32 [B]: keys from here on are padding
  Tensor bias = {};           // additive, [B or 1, H or 1, Tq or 1, Tk], dtype of q (Tq = 1: a column bias)
};

void attention_forward(Context& context, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out,
                       const Tensor& lse, const AttentionOptions& options);

// Assigns dq, dk, dv (views like q, k, v), and dbias (shape of bias) when given; or adds to them. Scratch
// comes from the context. The sums over queries and over the heads of a group have a fixed order.
struct AttentionGradients {
  Tensor dq, dk, dv;
  Tensor dbias = {};
  Write write_q = Write::kAssign, write_k = Write::kAssign, write_v = Write::kAssign,
        write_bias = Write::kAssign;
};
void attention_backward(Context& context, const Tensor& q, const Tensor& k, const Tensor& v,
                        const Tensor& out, const Tensor& lse, const Tensor& dout,
                        const AttentionGradients& gradients, const AttentionOptions& options);

// Plain loops in double precision, one row at a time.
void attention_forward_reference(Context& context, const Tensor& q, const Tensor& k, const Tensor& v,
                                 const Tensor& out, const Tensor& lse, const AttentionOptions& options);
void attention_backward_reference(Context& context, const Tensor& q, const Tensor& k, const Tensor& v,
                                  const Tensor& out, const Tensor& lse, const Tensor& dout,
                                  const AttentionGradients& gradients, const AttentionOptions& options);

}  // namespace ascender
