// Scaled dot-product attention on the tape; kernels/attention/attention.h has the mathematics and the
// options.
#pragma once

#include "ascender/autograd/tape.h"
#include "ascender/kernels/attention/attention.h"

namespace ascender {

// q: [B,Tq,H,D], k, v: [B,Tk,Hk,D] -> [B,Tq,H,D]. `bias` (options.bias is ignored) gets a gradient when it
// needs one.
Var attention(Tape& tape, const Var& q, const Var& k, const Var& v, const AttentionOptions& options,
              const Var& bias = {});

// qkv: [B,T,(H + 2 Hk) D] packed as q, k, v -> [B,T,H D].
Var self_attention(Tape& tape, const Var& qkv, int64_t heads, int64_t key_heads,
                   const AttentionOptions& options);

}  // namespace ascender
