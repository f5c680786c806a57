#include <gtest/gtest.h>

#include "ascender/kernels/matmul/problem.h"
#include "ascender/tile/count/tile.h"
// keep apart: the body is written in the vocabulary above
#include "ascender/kernels/matmul/matmul_body.h"

namespace ascender {
namespace {

constexpr Schedule kBlock{.m = 96, .n = 64, .k = 256};

struct Same {
  template <class X>
  const X& operator()(const X& x, int64_t, int64_t) const {
    return x;
  }
};

// The body of matmul over every block, counted.
N_COUNT::Counter counted(int64_t M, int64_t N, int64_t K, bool add) {
  using namespace N_COUNT;
  Counter counter;
  const auto a = partition<kBlock.m, kBlock.k>(View<float>{M, K, &counter});
  const auto b = partition<kBlock.k, kBlock.n>(View<float>{K, N, &counter});
  const auto c = partition<kBlock.m, kBlock.n>(View<float>{M, N, &counter});
  for (int64_t j = 0; j * kBlock.n < N; ++j) {
    for (int64_t i = 0; i * kBlock.m < M; ++i) {
      const int64_t depth = (K + kBlock.k - 1) / kBlock.k;
      if (add) {
        matmul_block<kBlock, float>(a, b, c, i, j, depth, c.load_masked(i, j), Same());
      } else {
        matmul_block<kBlock, float>(a, b, c, i, j, depth, zeros<float, kBlock.m, kBlock.n>(), Same());
      }
    }
  }
  return counter;
}

TEST(MatmulCount, TheBodyItselfGivesTheFlopsAndCompulsoryBytesThatTheKernelReports) {
  for (const bool add : {false, true}) {
    for (const auto& [M, N, K] : {std::tuple{1, 1, 1}, std::tuple{200, 150, 700}, std::tuple{97, 65, 257}}) {
      const N_COUNT::Counter body = counted(M, N, K, add);
      const Tensor a(nullptr, DType::kF32, {M, K}), b(nullptr, DType::kF32, {K, N}),
          c(nullptr, DType::kF32, {M, N});
      const MatmulProblem p =
          matmul_problem(MatmulKind::kNN, a, b, c, {.write = add ? Write::kAdd : Write::kAssign});
      EXPECT_EQ(body.flops, p.flops);
      EXPECT_EQ(body.compulsory, p.bytes);
      EXPECT_GE(body.requested, body.compulsory);
    }
  }
}

TEST(MatmulCount, RequestsEachOperandOnceForEachBlockOfTheOther) {
  const N_COUNT::Counter body = counted(192, 128, 512, false);
  EXPECT_EQ(body.requested, 4.0 * (2 * 192 * 512 + 2 * 512 * 128 + 192 * 128));
}

}  // namespace
}  // namespace ascender
