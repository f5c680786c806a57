#include "ascender/kernels/dropout/dropout.h"

#include "ascender/kernels/dropout/dropout_reference.h"
#include "ascender/kernels/testing.h"

namespace ascender {
namespace {

using namespace testing;

DropoutOptions options(double p, uint64_t step = 3, uint64_t site = 5) {
  return {.drop_prob = p, .key = {.seed = 42, .stream = Stream::kDropout}, .step = step, .site = site};
}

TEST(Dropout, EqualsTheReferenceToTheBitOnEveryTarget) {
  for_each_target([](DType dtype) {
    for (int64_t n : {1, 3, 15, 16, 17, 63, 64, 65, 100, 1000, 70001}) {
      for (const Write write : {Write::kAssign, Write::kAdd}) {
        const Owned x = normal(dtype, {n}, 1), y = normal(dtype, {n}, 2), y0 = normal(dtype, {n}, 2);
        Bench bench;
        const DropoutOptions o = options(0.25, (1ULL << 40) + 7, (1 << 24) - 1);
        dropout(bench.context, *x, *y, o, write);
        dropout_reference(*x, *y0, o, write);
        expect_same_bytes(y, y0);
      }
    }
  });
}

TEST(Dropout, DropsItsShareAndKeepsTheMean) {
  for_each_target([](DType dtype) {
    constexpr int64_t kCount = 100000;
    const Owned x = full(dtype, {kCount}, 1);
    Owned y(dtype, {kCount});
    Bench bench;
    dropout(bench.context, *x, *y, options(0.1));
    int64_t dropped = 0;
    for (double value : values(*y)) {
      dropped += value == 0 ? 1 : 0;
      if (value != 0) {
        ASSERT_NEAR(value, 1 / 0.9, 2 * epsilon(dtype));
      }
    }
    EXPECT_NEAR(static_cast<double>(dropped) / kCount, 0.1, 4.5 * std::sqrt(0.09 / kCount));
  });
}

TEST(Dropout, TheSameCallDrawsTheSameMaskAndOthersDoNot) {
  const Owned x = full(DType::kF32, {1000}, 1);
  Owned first(DType::kF32, {1000}), again(DType::kF32, {1000}), step(DType::kF32, {1000}),
      site(DType::kF32, {1000});
  Bench bench;
  dropout(bench.context, *x, *first, options(0.5));
  dropout(bench.context, *x, *again, options(0.5));
  dropout(bench.context, *x, *step, options(0.5, 4));
  dropout(bench.context, *x, *site, options(0.5, 3, 6));
  expect_same_bytes(first, again);
  EXPECT_NE(first.memory(), step.memory());
  EXPECT_NE(first.memory(), site.memory());
}

TEST(Dropout, ZeroKeepsEverythingAndDroppedNansAreZero) {
  const Owned x = normal(DType::kF32, {100}, 1), nan = full(DType::kF32, {1000}, std::nan(""));
  Owned y(DType::kF32, {100}), z(DType::kF32, {1000});
  Bench bench;
  dropout(bench.context, *x, *y, options(0));
  expect_same_bytes(x, y);
  dropout(bench.context, *nan, *z, options(0.5));
  int zeros = 0;
  for (double value : values(*z)) zeros += value == 0 ? 1 : 0;
  EXPECT_GT(zeros, 400);
}

TEST(Dropout, AProbabilityOutsideItsRangeIsABug) {
  const Owned x = full(DType::kF32, {4}, 1);
  Bench bench;
  EXPECT_THROW(dropout(bench.context, *x, *x, options(1)), BugError);
  EXPECT_THROW(dropout(bench.context, *x, *x, options(-0.1)), BugError);
  EXPECT_THROW(dropout(bench.context, *x, *x, options(0.1, 0, 1 << 24)), BugError);
}

}  // namespace
}  // namespace ascender
