// What attention is asked, checked and laid out flat: extents, strides in elements, and which keys a query
// sees. Every mask of attention.h is an interval of keys whose two ends never fall as the query index grows,
// so blocks of keys can be skipped, and masked at the border, from the first and the last query of a block
// alone.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ascender/kernels/attention/attention.h"

namespace ascender {

struct KeyRange {
  int64_t begin = 0;
  int64_t end = 0;
  bool empty() const { return begin >= end; }
};

// A [batch, rows, heads, D] view.
struct AttentionOperand {
  char* data = nullptr;
  DType dtype = DType::kF32;
  int64_t batch = 0, row = 0, head = 0;  // strides in elements

  template <class E>
  E* at(int64_t b, int64_t h) const {
    return static_cast<E*>(static_cast<void*>(data)) + b * batch + h * head;
  }
};

struct AttentionProblem {
  int64_t B = 0, H = 0, Hk = 0, Tq = 0, Tk = 0, D = 0;
  double scale = 1;
  bool causal = false;
  int64_t offset = 0, window = 0;
  const int32_t* query_lengths = nullptr;
  const int32_t* key_lengths = nullptr;
  AttentionOperand q, k, v, out;
  AttentionOperand lse;          // [B,H,Tq] as batch, head, row; data null: not wanted
  AttentionOperand bias;         // an axis of extent 1 has stride 0; data null: none
  const void* slopes = nullptr;  // [H], dtype of out

  int64_t group() const { return H / Hk; }
  int64_t queries(int64_t b) const {
    return query_lengths ? std::clamp<int64_t>(query_lengths[b], 0, Tq) : Tq;
  }
  int64_t keys(int64_t b) const { return key_lengths ? std::clamp<int64_t>(key_lengths[b], 0, Tk) : Tk; }

  // The keys that query i sees, given the number of keys of its batch element.
  KeyRange range(int64_t i, int64_t num_keys) const {
    const int64_t position = i + offset;
    const int64_t begin = window > 0 ? std::clamp<int64_t>(position - window + 1, 0, Tk) : 0;
    return {begin, causal ? std::clamp<int64_t>(position + 1, 0, num_keys) : num_keys};
  }

  // (query, key) pairs of a head that no causal or window rule forbids; lengths not counted.
  double pairs() const;
};

// Rows of a power of two of bytes apart (heads side by side) share few sets of the caches: a head's K and V,
// which every block of queries passes over, would come from L3 each time. far: worth a copy with rows side by
// side.
inline bool attention_keys_are_far(const AttentionProblem& p, int64_t queries_of_a_block) {
  return p.Tq > 2 * queries_of_a_block && p.Tk >= 256 && (p.k.row > p.D || p.v.row > p.D) &&
         p.k.dtype == p.out.dtype;
}
// Copies K (or V) of head hk of batch element b to `to`, [Tk,D].
template <class T>
void attention_bring_near(const AttentionOperand& x, int64_t b, int64_t hk, int64_t Tk, int64_t D, T* to) {
  const T* from = x.at<const T>(b, hk);
  for (int64_t j = 0; j < Tk; ++j) std::copy_n(from + j * x.row, D, to + j * D);
}
// Such a copy as the operand of its head.
template <class T>
AttentionOperand attention_near(const AttentionOperand& x, T* copy, int64_t D) {
  return {static_cast<char*>(static_cast<void*>(copy)), x.dtype, 0, D, 0};
}

AttentionOperand attention_operand(const Tensor& tensor);

// Checks every shape, dtype and option against attention.h.
AttentionProblem attention_problem(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out,
                                   const Tensor& lse, const AttentionOptions& options);
// The same for backward: also dout and the gradients; no bf16, and lse is required.
AttentionProblem attention_problem(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out,
                                   const Tensor& lse, const Tensor& dout, const AttentionGradients& gradients,
                                   const AttentionOptions& options);

// Useful FLOPs and compulsory bytes.
double attention_forward_flops(const AttentionProblem& problem);
double attention_forward_bytes(const AttentionProblem& problem);
double attention_backward_flops(const AttentionProblem& problem);
double attention_backward_bytes(const AttentionProblem& problem);

}  // namespace ascender
