// The CPU bodies behind attention.h, one function for each SIMD target, and the memory that a worker needs
// for them.
#pragma once

#include "ascender/kernels/attention/attention_problem.h"
#include "ascender/tile/target.h"

namespace ascender {

template <class T>
inline constexpr int kAttentionQueries = static_cast<int>(4 * 64 / sizeof(T));  // queries of a block
inline constexpr int kAttentionKeys = 64;                                       // keys of a block: a contract
inline constexpr int kAttentionMostWidth = 128;                                 // of D

// Tiles of a worker. Lanes are queries: a row of a tile holds one d, or one key, of kAttentionQueries
// queries.
template <class T>
struct alignas(64) AttentionForwardTiles {
  static constexpr int kWide = kAttentionQueries<T>;
  T q[kAttentionMostWidth * kWide];  // Q^T * scale * log2 e
  T o[kAttentionMostWidth * kWide];  // O^T
  T s[kAttentionKeys * kWide];       // S^T, then P^T
  T largest[kWide], sum[kWide], before[kWide], factor[kWide], ones[kWide];
  T stage[kWide / 4 * kAttentionMostWidth];
  T k[kAttentionKeys * kAttentionMostWidth], v[kAttentionKeys * kAttentionMostWidth];  // widened bf16
};

// Block `block` of the queries of head h of batch element b.
using AttentionForwardBlock = void (*)(const AttentionProblem&, int64_t b, int64_t h, int64_t block,
                                       void* tiles);
extern const PerTarget<AttentionForwardBlock> kAttentionForwardF32, kAttentionForwardBf16,
    kAttentionForwardF64;

template <class T>
struct alignas(64) AttentionBackwardTiles {
  static constexpr int kWide = kAttentionQueries<T>;
  T q[kAttentionMostWidth * kWide];                         // Q^T * scale * log2 e
  T dout[kAttentionMostWidth * kWide];                      // dO^T
  T dq[kAttentionMostWidth * kWide];                        // dQ^T / scale
  T p[kAttentionKeys * kWide], ds[kAttentionKeys * kWide];  // S^T then P^T; dP^T then dS^T
  T q_rows[kWide * kAttentionMostWidth];                    // Q, rows padded to packs
  T dout_rows[kWide * kAttentionMostWidth];                 // dO
  T lse[kWide], delta[kWide], ones[kWide], unused[kWide];
  T stage[kWide / 4 * kAttentionMostWidth];
};

struct AttentionBackwardProblem {
  AttentionProblem p;
  AttentionOperand dout, dq, dk, dv;
  Write write_q = Write::kAssign, write_k = Write::kAssign, write_v = Write::kAssign;
  void* dcolumns = nullptr;  // [B,H,Tk]: sums of dS over the queries of a head, or null
};

// Blocks of queries [first_query, last_query) of head h against blocks of keys [first_key, last_key): queries
// ascending, for each the keys descending, so that a grid of such ranges worked off by diagonals (query block
// - key block ascending) sums in the same order as one range that holds them all. dk, dv: [Tk, D padded to
// packs], added to. dq: [blocks][D][kAttentionQueries], added to; null: the range holds all keys, and dq of
// the problem is written.
struct AttentionRange {
  int64_t b = 0, h = 0, first_query = 0, last_query = 0, first_key = 0, last_key = 0;
};
using AttentionBackwardRange = void (*)(const AttentionBackwardProblem&, const AttentionRange&, void* dk,
                                        void* dv, void* dq, void* tiles);
// Writes the sums of key head h, or of block `block` of the queries of head h, to the gradients.
using AttentionBackwardKeys = void (*)(const AttentionBackwardProblem&, int64_t b, int64_t h, const void* dk,
                                       const void* dv);
using AttentionBackwardQueries = void (*)(const AttentionBackwardProblem&, int64_t b, int64_t h,
                                          int64_t block, const void* dq, void* tiles);
// dS of queries [block] of one head, added to rows of dbias: to[i * stride + j].
using AttentionBackwardBias = void (*)(const AttentionBackwardProblem&, int64_t b, int64_t h, int64_t block,
                                       void* to, int64_t stride, void* tiles);
struct AttentionBackwardBody {
  AttentionBackwardRange range;
  AttentionBackwardKeys keys;
  AttentionBackwardQueries queries;
  AttentionBackwardBias bias;
};
// All of key head hk where attention_is_few().
using AttentionBackwardFew = void (*)(const AttentionBackwardProblem&, int64_t b, int64_t hk, void* tiles);
extern const PerTarget<AttentionForwardBlock> kAttentionForwardFewF32, kAttentionForwardFewF64;
extern const PerTarget<AttentionBackwardFew> kAttentionBackwardFewF32, kAttentionBackwardFewF64;

// Whether attention_few-inl.h serves a problem: by shape and options alone, so that bits depend on nothing
// else.
template <class T>
bool attention_is_few(const AttentionProblem& p) {
  constexpr int64_t kLanes = 64 / static_cast<int64_t>(sizeof(T));
  return p.Tq <= kLanes && p.Tk <= kAttentionQueries<T> && p.D % kLanes == 0 && !p.bias.data && !p.slopes &&
         p.q.dtype != DType::kBf16;
}

constexpr double kAttentionWorthThreads = 4e5;  // FLOPs below which waking a worker costs more than it brings

AttentionBackwardBody attention_backward_f32();
AttentionBackwardBody attention_backward_f64();

}  // namespace ascender
