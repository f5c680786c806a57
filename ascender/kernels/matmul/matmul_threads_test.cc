#include <cstring>
#include <gtest/gtest.h>
#include <vector>

#include "ascender/base/random.h"
#include "ascender/kernels/matmul/matmul.h"

namespace ascender {
namespace {

std::vector<float> numbers(int64_t count, uint64_t seed) {
  Random random({seed, Stream::kTest});
  std::vector<float> x(static_cast<size_t>(count));
  for (float& each : x) each = static_cast<float>(random.uniform());
  return x;
}

TEST(MatmulThreads, AnyNumberOfThreadsGivesTheSameBits) {
  struct Extents {
    int64_t M, N, K;
  };
  for (const MatmulKind kind : {MatmulKind::kNN, MatmulKind::kNT, MatmulKind::kTN}) {
    for (const Extents x :
         {Extents{140, 40, 300}, Extents{64, 200, 64}, Extents{448, 128, 30}, Extents{2, 700, 300}}) {
      const auto a = numbers(x.M * x.K, 1), b = numbers(x.K * x.N, 2), bias = numbers(x.N, 3);
      const auto tensor = [](const std::vector<float>& v, const Shape& shape) {
        return Tensor(const_cast<float*>(v.data()), DType::kF32, shape);
      };
      std::vector<float> first;
      for (const int count : {1, 2, 3, 4}) {
        Threads threads(count);
        Arena scratch(size_t{1} << 30);
        Context context{threads, scratch};
        std::vector<float> c(static_cast<size_t>(x.M * x.N));
        matmul(context, kind, tensor(a, kind == MatmulKind::kTN ? Shape{x.K, x.M} : Shape{x.M, x.K}),
               tensor(b, kind == MatmulKind::kNT ? Shape{x.N, x.K} : Shape{x.K, x.N}), tensor(c, {x.M, x.N}),
               {.bias = tensor(bias, {x.N})});
        if (first.empty()) first = c;
        EXPECT_EQ(std::memcmp(c.data(), first.data(), c.size() * sizeof(float)), 0) << count;
        EXPECT_EQ(scratch.mark(), 0u);
      }
    }
  }
}

}  // namespace
}  // namespace ascender
