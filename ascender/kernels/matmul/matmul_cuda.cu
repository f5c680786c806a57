// Matmul on NVIDIA GPUs: the body of matmul_body.h, bf16 in, f32 accumulate, one block of C a program.
//   NN: A [M,K], B [K,N]     NT: A [M,K], B [N,K]     TN: A [K,M], B [K,N]     C: [M,N] f32
// Rows contiguous, 16-byte aligned, multiples of 8 elements.
#include "ascender/tile/cuda/tile.h"
// keep apart: the bodies are written in the vocabulary above
#include "ascender/kernels/matmul/activation_body.h"
#include "ascender/kernels/matmul/matmul_body.h"

namespace ascender::N_CUDA {

using Bf = __nv_bfloat16;
enum class Kind : uint8_t { kNN, kNT, kTN };

struct Store {
  template <class X>
  __tile__ const X& operator()(const X& x, int64_t, int64_t) const {
    return x;
  }
};
struct GeluStore {
  template <class X>
  __tile__ X operator()(const X& x, int64_t, int64_t) const {
    return Gelu<float>::of(x);
  }
};

inline constexpr Schedule kBlock{.m = 128, .n = 128, .k = 64, .rows = 0, .packs = 0, .stages = 4};

template <Kind kKind, class Epilogue>
__tile_global__ void matmul(const Bf* a, const Bf* b, float* c, int M, int N, int K, int add) {
  constexpr Order kA = kKind == Kind::kTN ? Order::kColumns : Order::kRows;
  constexpr Order kB = kKind == Kind::kNT ? Order::kColumns : Order::kRows;
  const auto a_tiles = partition<kBlock.m, kBlock.k>(View<const Bf, kA>{a, M, K});
  const auto b_tiles = partition<kBlock.k, kBlock.n>(View<const Bf, kB>{b, K, N});
  const auto c_tiles = partition<kBlock.m, kBlock.n>(View<float>{c, M, N});
  const auto at = ct::bid();
  const int i = int(at.x), j = int(at.y), depth = (K + kBlock.k - 1) / kBlock.k;
  if (add != 0) {
    matmul_block<kBlock, float>(a_tiles, b_tiles, c_tiles, i, j, depth, c_tiles.load_masked(i, j), Epilogue());
  } else {
    matmul_block<kBlock, float>(a_tiles, b_tiles, c_tiles, i, j, depth, zeros<float, kBlock.m, kBlock.n>(), Epilogue());
  }
}

template __tile_global__ void matmul<Kind::kNN, Store>(const Bf*, const Bf*, float*, int, int, int, int);
template __tile_global__ void matmul<Kind::kNT, Store>(const Bf*, const Bf*, float*, int, int, int, int);
template __tile_global__ void matmul<Kind::kTN, Store>(const Bf*, const Bf*, float*, int, int, int, int);
template __tile_global__ void matmul<Kind::kNN, GeluStore>(const Bf*, const Bf*, float*, int, int, int, int);

}  // namespace ascender::N_CUDA
