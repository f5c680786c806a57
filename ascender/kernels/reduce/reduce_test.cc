#include "ascender/kernels/reduce/reduce.h"

#include "ascender/kernels/reduce/reduce_reference.h"
#include "ascender/kernels/testing.h"

namespace ascender {
namespace {

using namespace testing;

TEST(Sum, EqualsTheReferenceInDouble) {
  for_each_target([](DType dtype) {
    for (int64_t n : {0, 1, 3, 15, 16, 17, 64, 100, 1000, 32768, 100001}) {
      const Owned x = normal(dtype, {n}, 1, 0, 3);
      Bench bench;
      // Every addition is in double: n / 32 of them one after the other at most.
      const double unit = epsilon(DType::kF64) * (static_cast<double>(n) / 32 + 12) * 10;
      const double squares = sum_of_squares_reference(*x);
      EXPECT_NEAR(sum(bench.context, *x), sum_reference(*x),
                  unit * std::sqrt(static_cast<double>(n) + 1) * 10);
      EXPECT_NEAR(sum_of_squares(bench.context, *x), squares, unit * (squares + 1));
    }
  });
}

TEST(Sum, SquaresOfSmallAndLargeFloatsDoNotVanish) {
  for_each_target([](DType dtype) {
    Owned x = full(dtype, {1000}, 1e-30);
    Bench bench;
    EXPECT_NEAR(sum_of_squares(bench.context, *x) / 1e-57, 1, 1e-6);
    for (int64_t i = 0; i < 1000; ++i) set(*x, i, 1e30);
    EXPECT_NEAR(sum_of_squares(bench.context, *x) / 1e63, 1, 1e-6);
  });
}

TEST(CountNonfinite, FindsEveryNanAndInfinity) {
  for_each_target([](DType dtype) {
    for (int64_t n : {0, 1, 17, 1000, 70000}) {
      Owned x = normal(dtype, {n}, 1);
      int64_t planted = 0;
      for (int64_t i = 0; i < n; i += 7, ++planted) {
        const double kinds[] = {std::nan(""), INFINITY, -INFINITY};
        set(*x, i, kinds[planted % 3]);
      }
      Bench bench;
      EXPECT_EQ(count_nonfinite(bench.context, *x), planted);
      EXPECT_EQ(count_nonfinite_reference(*x), planted);
    }
  });
}

TEST(SumRows, EqualsTheReferenceAndAddsWhereAsked) {
  for_each_target([](DType dtype) {
    for (int64_t N : {0, 1, 5, 200}) {
      for (int64_t C : sizes()) {
        for (const Write write : {Write::kAssign, Write::kAdd}) {
          const Owned dy = normal(dtype, {N, C}, 1, C % 2), out = normal(dtype, {C}, 2),
                      out0 = normal(dtype, {C}, 2);
          Bench bench;
          sum_rows(bench.context, *dy, *out, write);
          sum_rows_reference(*dy, *out0, write);
          expect_close(*out, *out0, epsilon(dtype) * 40 * 60);  // 32 + 7 additions of sums below 60
        }
      }
    }
  });
}

TEST(Sum, AStridedViewIsABug) {
  Bench bench;
  const Owned x = normal(DType::kF32, {3, 4}, 1, 2);
  EXPECT_THROW(sum(bench.context, *x), BugError);
}

}  // namespace
}  // namespace ascender
