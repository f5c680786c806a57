#include "ascender/kernels/rope/rope.h"

#include "ascender/kernels/rope/rope_reference.h"
#include "ascender/kernels/testing.h"

namespace ascender {
namespace {

using namespace testing;

struct Tables {
  Tables(DType dtype, int64_t positions, int64_t half)
      : cosines(dtype, {positions, half}), sines(dtype, {positions, half}) {
    rope_table(*cosines, *sines, 10000);
  }
  Owned cosines, sines;
};

TEST(Rope, EqualsTheReferenceOnPackedAndPlainHeads) {
  for_each_target([](DType dtype) {
    for (int64_t D : {2, 4, 6, 32, 34, 64, 128}) {
      for (const bool inverse : {false, true}) {
        for (const Write write : {Write::kAssign, Write::kAdd}) {
          const Tables tables(dtype, 9, D / 2);
          const Owned packed = normal(dtype, {2, 5, 3 * 2 * D}, 1);
          const Tensor x = packed->slice(-1, 2 * D, 4 * D).split_last(2);
          const Owned y = normal(dtype, {2, 5, 2, D}, 2), y0 = normal(dtype, {2, 5, 2, D}, 2);
          const RopeOptions options = {.offset = 4, .inverse = inverse};
          Bench bench;
          rope(bench.context, x, *y, *tables.cosines, *tables.sines, options, write);
          rope_reference(x, *y0, *tables.cosines, *tables.sines, options, write);
          expect_close(*y, *y0, 4 * epsilon(dtype) * (largest(x) + largest(*y0)));
        }
      }
    }
  });
}

TEST(Rope, InverseUndoesItInPlace) {
  for_each_target([](DType dtype) {
    const Tables tables(dtype, 6, 16);
    const Owned x = normal(dtype, {1, 6, 2, 32}, 1), before = normal(dtype, {1, 6, 2, 32}, 1);
    Bench bench;
    rope(bench.context, *x, *x, *tables.cosines, *tables.sines, {});
    EXPECT_GT(std::abs(get(*x, 64 * 3) - get(*before, 64 * 3)), 0.01);
    rope(bench.context, *x, *x, *tables.cosines, *tables.sines, {.inverse = true});
    expect_close(*x, *before, 20 * epsilon(dtype));
  });
}

// Su 2021, section 3.3: the product of a query and a key depends on the distance of their positions alone.
TEST(Rope, ProductsDependOnTheDistanceAlone) {
  const Tables tables(DType::kF64, 40, 16);
  const Owned q = normal(DType::kF64, {1, 1, 1, 32}, 1), k = normal(DType::kF64, {1, 1, 1, 32}, 2);
  Bench bench;
  const auto product = [&](int64_t i, int64_t j) {
    Owned a(DType::kF64, {1, 1, 1, 32}), b(DType::kF64, {1, 1, 1, 32});
    rope(bench.context, *q, *a, *tables.cosines, *tables.sines, {.offset = i});
    rope(bench.context, *k, *b, *tables.cosines, *tables.sines, {.offset = j});
    return dot(*a, *b);
  };
  EXPECT_NEAR(product(7, 3), product(39, 35), 1e-12);
  EXPECT_GT(std::abs(product(7, 3) - product(7, 4)), 1e-3);
}

TEST(Rope, TableHoldsTheAnglesOfThePaper) {
  const Tables tables(DType::kF64, 5, 4);
  EXPECT_NEAR(get(*tables.cosines, 3 * 4 + 0), std::cos(3.0), 1e-15);
  EXPECT_NEAR(get(*tables.sines, 3 * 4 + 2), std::sin(3.0 * std::pow(10000.0, -0.5)), 1e-15);
}

TEST(Rope, ATableTooShortIsABug) {
  const Tables tables(DType::kF32, 5, 4);
  const Owned x = normal(DType::kF32, {1, 4, 1, 8}, 1);
  Bench bench;
  EXPECT_THROW(rope(bench.context, *x, *x, *tables.cosines, *tables.sines, {.offset = 2}), BugError);
}

}  // namespace
}  // namespace ascender
