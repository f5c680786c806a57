// Attention forward on NVIDIA GPUs, in CUDA Tile C++: bf16 in, f32 accumulate, log-sum-exp out.
//   s = scale * q k^T, causal with an offset, in a window, up to num_keys; out = softmax(s) v
// q, out: [B,Tq,H,D], k, v: [B,Tk,Hk,D], contiguous; lse: [B,H,Tq]. A grid of (query blocks, H, B) blocks.
// A second body beside attention_forward-inl.h, for the two machines want P on different sides of a product:
// with queries along the lanes a CPU needs no horizontal reductions and reads K and V in place, but Hopper's
// wgmma takes its right operand from shared memory only, so that P^T would leave the registers in every step;
// here P is the left one.
#include <cstdint>
#include <cuda_bf16.h>
#include <cuda_tile.h>

namespace ascender::cuda_attention {

namespace ct = cuda::tiles;

inline constexpr int kQueries = 128;
inline constexpr int kKeys = 64;

// Scores in units of log 2: see attention_tiles-inl.h.
inline constexpr float kForbidden = -1e30f;
inline constexpr float kFloor = -1e29f;
inline constexpr float kLn2 = 0.69314718f;

template <int kRows, int kD>
__tile__ auto blocks_of(const __nv_bfloat16* data, int B, int T, int H) {
  using namespace ct::literals;
  const auto aligned = ct::assume_aligned(data, 16_ic);
  const auto extents = ct::extents<uint32_t, ct::dynamic_extent, ct::dynamic_extent, ct::dynamic_extent, kD>(
      uint32_t(B), uint32_t(T), uint32_t(H));
  return ct::partition_view(ct::tensor_span(aligned, extents), ct::shape<1, kRows, 1, kD>{});
}

template <int kD>
__tile_global__ void attention_forward(const __nv_bfloat16* q, const __nv_bfloat16* k, const __nv_bfloat16* v,
                                       float* out, float* lse, int B, int H, int Hk, int Tq, int Tk,
                                       float scale_log2e, int causal, int offset, int window) {
  using namespace ct::literals;
  using Scores = ct::tile<float, ct::shape<kQueries, kKeys>>;
  using Column = ct::tile<float, ct::shape<kQueries, 1>>;
  using Sum = ct::tile<float, ct::shape<kQueries, kD>>;
  const auto at = ct::bid();
  const int block = int(at.x), h = int(at.y), b = int(at.z), hk = h / (H / Hk);
  const auto q_blocks = blocks_of<kQueries, kD>(q, B, Tq, H);
  const auto k_blocks = blocks_of<kKeys, kD>(k, B, Tk, Hk);
  const auto v_blocks = blocks_of<kKeys, kD>(v, B, Tk, Hk);
  const auto queries = ct::reshape<ct::shape<kQueries, kD>>(q_blocks.load_masked(b, block, h, 0));

  const int first = block * kQueries + offset;  // position of the block's first query among the keys
  const int end = causal && first + kQueries < Tk ? first + kQueries : Tk;
  const int begin = window > 0 && first >= window ? (first - window + 1) / kKeys : 0;
  const auto position =
      ct::reshape<ct::shape<kQueries, 1>>(ct::iota<ct::tile<int, ct::shape<kQueries>>>()) + first;
  auto largest = ct::full<Column>(kFloor);
  auto sum = ct::zeros<Column>();
  auto acc = ct::zeros<Sum>();
  // blocks [begin, whole) and [rest, ...) are cut by a rule; the loop between them has no masks to wait for
  const auto step = [&, k_blocks, v_blocks, queries, position](int j, bool cut) {
    const auto keys = ct::reshape<ct::shape<kKeys, kD>>(k_blocks.load_masked(b, j, hk, 0));
    auto s = ct::mma(queries, ct::transpose(keys), ct::zeros<Scores>()) * scale_log2e;
    if (cut) {
      const auto key =
          ct::reshape<ct::shape<1, kKeys>>(ct::iota<ct::tile<int, ct::shape<kKeys>>>()) + j * kKeys;
      s = ct::select(key < Tk, s, ct::full<Scores>(kForbidden));
      if (causal) s = ct::select(key <= position, s, ct::full<Scores>(kForbidden));
      if (window > 0) s = ct::select(key > position - window, s, ct::full<Scores>(kForbidden));
    }
    const auto most = ct::max(largest, ct::reduce_max(s, 1_ic));
    const auto shrink = ct::exp2(largest - most);
    const auto probability = ct::exp2(s - most);
    sum = sum * shrink + ct::sum(probability, 1_ic);
    const auto values = ct::reshape<ct::shape<kKeys, kD>>(v_blocks.load_masked(b, j, hk, 0));
    acc = ct::mma(ct::element_cast<__nv_bfloat16>(probability), values, acc * shrink);
    largest = most;
  };
  int whole = begin;
  for (; window > 0 && whole * kKeys < end && whole * kKeys <= first + kQueries - 1 - window; ++whole)
    step(whole, true);
  int rest = (causal && first + 1 < end ? first + 1 : end) / kKeys;
  if (rest < whole) rest = whole;
  for (int j = whole; j < rest; ++j) step(j, false);
  for (int j = rest; j * kKeys < end; ++j) step(j, true);
  const auto some = sum > 0.0f;
  const auto result = acc / ct::select(some, sum, ct::full<Column>(1.0f));
  const auto out_extents =
      ct::extents<uint32_t, ct::dynamic_extent, ct::dynamic_extent, ct::dynamic_extent, kD>(
          uint32_t(B), uint32_t(Tq), uint32_t(H));
  ct::partition_view(ct::tensor_span(ct::assume_aligned(out, 16_ic), out_extents),
                     ct::shape<1, kQueries, 1, kD>{})
      .store_masked(ct::reshape<ct::shape<1, kQueries, 1, kD>>(result), b, block, h, 0);
  const auto log_sum =
      ct::select(some, (largest + ct::log2(sum)) * kLn2, ct::full<Column>(-__builtin_huge_valf()));
  ct::partition_view(ct::tensor_span(lse, ct::extents{uint32_t(B), uint32_t(H), uint32_t(Tq)}),
                     ct::shape<1, 1, kQueries>{})
      .store_masked(ct::reshape<ct::shape<1, 1, kQueries>>(log_sum), b, h, block);
}

template __tile_global__ void attention_forward<64>(const __nv_bfloat16*, const __nv_bfloat16*,
                                                    const __nv_bfloat16*, float*, float*, int, int, int, int,
                                                    int, float, int, int, int);
template __tile_global__ void attention_forward<128>(const __nv_bfloat16*, const __nv_bfloat16*,
                                                     const __nv_bfloat16*, float*, float*, int, int, int, int,
                                                     int, float, int, int, int);

}  // namespace ascender::cuda_attention
