#include "ascender/tensor/tensor.h"

#include <gtest/gtest.h>
#include <numeric>
#include <vector>

namespace ascender {
namespace {

struct Numbers {
  explicit Numbers(const Shape& shape) : values(static_cast<size_t>(shape.count())) {
    std::iota(values.begin(), values.end(), 0.0f);
    tensor = Tensor(values.data(), DType::kF32, shape);
  }
  std::vector<float> values;
  Tensor tensor;
};

TEST(Shape, CountsAndPrints) {
  EXPECT_EQ((Shape{2, 3, 4}.count()), 24);
  EXPECT_EQ((Shape{}.count()), 1);
  EXPECT_EQ((Shape{5, 0}.count()), 0);
  EXPECT_EQ((Shape{2, 3}.text()), "[2,3]");
  EXPECT_EQ((Shape{2, 3}[-1]), 3);
  EXPECT_NE((Shape{2, 3}), (Shape{2, 3, 1}));
  static_assert(std::constructible_from<Shape, int, int, int, int>);
  static_assert(!std::constructible_from<Shape, int, int, int, int, int>, "rank 5 is above kMaxRank");
}

TEST(Tensor, IsContiguousAndTyped) {
  const Numbers x({2, 3, 4});
  EXPECT_EQ(x.tensor.stride(0), 12);
  EXPECT_EQ(x.tensor.stride(-1), 1);
  EXPECT_EQ(x.tensor.bytes(), 96);
  EXPECT_TRUE(x.tensor.contiguous());
  EXPECT_EQ(x.tensor.as<float>()[23], 23.0f);
  EXPECT_THROW(x.tensor.as<double>(), BugError);
  EXPECT_TRUE(Tensor().empty());
}

TEST(Tensor, SliceIsAViewWithTheStridesOfTheWhole) {
  const Numbers x({2, 3, 4});
  const Tensor view = x.tensor.slice(-1, 1, 3);
  EXPECT_EQ(view.shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(view.as<float>()[0], 1.0f);
  EXPECT_FALSE(view.contiguous());
  EXPECT_THROW(view.reshape({12}), BugError);
  EXPECT_THROW(x.tensor.slice(1, 2, 4), BugError);
  EXPECT_TRUE(x.tensor.slice(0, 1, 2).contiguous());
}

TEST(Tensor, SplitAndRowsAddressThePackedHeads) {
  const Numbers x({5, 3 * 8});                              // [T, q k v of 2 heads of 4]
  const Tensor k = x.tensor.slice(1, 8, 16).split_last(2);  // [T, 2, 4]
  EXPECT_EQ(k.shape(), (Shape{5, 2, 4}));
  EXPECT_EQ(k.as<float>()[3 * k.stride(0) + 1 * k.stride(1) + 2], 3 * 24 + 8 + 4 + 2);
  EXPECT_THROW(k.rows(), BugError);  // heads and rows are not evenly apart
  EXPECT_EQ(x.tensor.reshape({5, 2, 12}).rows().shape(), (Shape{10, 12}));
  EXPECT_EQ(x.tensor.slice(1, 8, 16).rows().stride(0), 24);
  EXPECT_THROW(x.tensor.split_last(5), BugError);
}

TEST(Tensor, ReshapeKeepsTheCount) {
  const Numbers x({2, 6});
  EXPECT_EQ(x.tensor.reshape({3, 4}).stride(0), 4);
  EXPECT_THROW(x.tensor.reshape({5}), BugError);
}

TEST(DType, VisitRejectsWhatIsNoRealNumber) {
  EXPECT_EQ(visit_real(DType::kF64, "test", []<class T>() { return sizeof(T); }), 8u);
  EXPECT_EQ(visit_real(DType::kF32, "test", []<class T>() { return sizeof(T); }), 4u);
  EXPECT_THROW(visit_real(DType::kI32, "test", []<class T>() { return sizeof(T); }), BugError);
  EXPECT_EQ(size_of(DType::kBf16), 2);
  EXPECT_STREQ(name_of(DType::kBf16), "bf16");
}

}  // namespace
}  // namespace ascender
