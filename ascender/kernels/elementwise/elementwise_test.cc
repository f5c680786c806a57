#include "ascender/kernels/elementwise/elementwise.h"

#include "ascender/kernels/elementwise/elementwise_reference.h"
#include "ascender/kernels/testing.h"

namespace ascender {
namespace {

using namespace testing;

// Sums and products of two numbers round alike everywhere: equal to the bit, gaps included.
template <class Fast, class Slow>
void expect_equal(const Fast& fast, const Slow& slow) {
  for_each_target([&](DType dtype) {
    for (int64_t C : sizes()) {
      for (int64_t pad : {0, 3}) {
        const Shape shape = {2, 3, C};
        const Owned a = normal(dtype, shape, 1, pad), b = normal(dtype, shape, 2);
        const Owned y = normal(dtype, shape, 3, pad), y0 = normal(dtype, shape, 3, pad);
        Bench bench;
        fast(bench.context, *a, *b, *y);
        slow(*a, *b, *y0);
        expect_same_bytes(y, y0);
      }
    }
  });
}

TEST(Elementwise, FillEqualsTheReference) {
  expect_equal([](Context& c, const Tensor&, const Tensor&, const Tensor& y) { fill(c, y, 0.1); },
               [](const Tensor&, const Tensor&, const Tensor& y) { fill_reference(y, 0.1); });
}

TEST(Elementwise, AddEqualsTheReference) {
  expect_equal([](Context& c, const Tensor& a, const Tensor& b, const Tensor& y) { add(c, a, b, y); },
               [](const Tensor& a, const Tensor& b, const Tensor& y) { add_reference(a, b, y); });
}

TEST(Elementwise, CopyScaleAndMultiplyEqualTheReferenceAssigningAndAdding) {
  for (const Write w : {Write::kAssign, Write::kAdd}) {
    expect_equal([w](Context& c, const Tensor& a, const Tensor&, const Tensor& y) { copy(c, a, y, w); },
                 [w](const Tensor& a, const Tensor&, const Tensor& y) { copy_reference(a, y, w); });
    expect_equal(
        [w](Context& c, const Tensor& a, const Tensor&, const Tensor& y) { scale(c, a, -0.3, y, w); },
        [w](const Tensor& a, const Tensor&, const Tensor& y) { scale_reference(a, -0.3, y, w); });
    expect_equal(
        [w](Context& c, const Tensor& a, const Tensor& b, const Tensor& y) { multiply(c, a, b, y, w); },
        [w](const Tensor& a, const Tensor& b, const Tensor& y) { multiply_reference(a, b, y, w); });
  }
}

TEST(Elementwise, CopyConcatenatesIntoASlice) {
  Bench bench;
  const Owned a = full(DType::kF32, {2, 3}, 1), b = full(DType::kF32, {2, 5}, 2);
  Owned y(DType::kF32, {2, 8});
  copy(bench.context, *a, y->slice(1, 0, 3));
  copy(bench.context, *b, y->slice(1, 3, 8));
  EXPECT_EQ(values(*y), (std::vector<double>{1, 1, 1, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2}));
}

TEST(Elementwise, SlicesOfAnyAxisEqualTheReference) {
  const Shape shape = {3, 5, 2, 7};
  for (const Write w : {Write::kAssign, Write::kAdd}) {
    for (int axis = 0; axis < 4; ++axis) {
      for (const int64_t end : {int64_t{1}, shape[axis] - 1}) {
        Bench bench;
        const Owned x = normal(DType::kF32, shape, 1), part = normal(DType::kF32, shape.with(axis, end), 2);
        const Owned out = normal(DType::kF32, shape, 3), out0 = normal(DType::kF32, shape, 3);
        copy(bench.context, *part, out->slice(axis, 0, end), w);
        copy_reference(*part, out0->slice(axis, 0, end), w);
        expect_same_bytes(out, out0);
        add(bench.context, x->slice(axis, 0, end), *part, out->slice(axis, 0, end));
        add_reference(x->slice(axis, 0, end), *part, out0->slice(axis, 0, end));
        expect_same_bytes(out, out0);
      }
    }
  }
}

TEST(Elementwise, OutputMayBeAnInput) {
  Bench bench;
  const Owned a = full(DType::kF64, {100}, 3);
  add(bench.context, *a, *a, *a);
  multiply(bench.context, *a, *a, *a);
  scale(bench.context, *a, 0.5, *a);
  EXPECT_EQ(values(*a), std::vector<double>(100, 18.0));
}

TEST(Elementwise, UnequalShapesAreABug) {
  Bench bench;
  const Owned a = full(DType::kF32, {4}, 1), b = full(DType::kF32, {5}, 1), c = full(DType::kF64, {4}, 1);
  EXPECT_THROW(copy(bench.context, *a, *b), BugError);
  EXPECT_THROW(add(bench.context, *a, *c, *a), BugError);
}

}  // namespace
}  // namespace ascender
