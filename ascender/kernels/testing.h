// What the tests of the small kernels share: tensors that own their memory, a context, every target in turn,
// comparisons and finite differences.
#pragma once

#include <cmath>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <vector>

#include "ascender/base/random.h"
#include "ascender/kernels/context.h"
#include "ascender/kernels/rows.h"
#include "ascender/tile/target.h"

namespace ascender::testing {

struct Bench {
  explicit Bench(int count = 1) : threads(count), scratch(size_t{1} << 30), context{threads, scratch} {}
  Threads threads;
  Arena scratch;
  Context context;
};

// A tensor with memory of its own; `pad` elements lie between its rows, and must stay as they are.
class Owned {
 public:
  Owned() = default;
  Owned(DType dtype, const Shape& shape, int64_t pad = 0) {
    Shape padded = shape;
    if (shape.rank > 0) padded.extents[static_cast<size_t>(shape.rank - 1)] += pad;
    memory_ = std::make_shared<std::vector<std::byte>>(
        static_cast<size_t>(padded.count() * size_of(dtype)) + 64, std::byte{0x5A});
    Tensor whole(memory_->data(), dtype, padded);
    tensor_ = pad == 0 ? whole : whole.slice(-1, 0, shape[-1]);
  }
  const Tensor& operator*() const { return tensor_; }
  const Tensor* operator->() const { return &tensor_; }
  const std::vector<std::byte>& memory() const { return *memory_; }

 private:
  std::shared_ptr<std::vector<std::byte>> memory_;  // copies are the same tensor
  Tensor tensor_;
};

// Element i in the order of the rows.
inline double get(const Tensor& x, int64_t i) {
  return visit_real(x.dtype(), "get", [&]<class T>() {
    const RowView<T> rows(x);
    return static_cast<double>(rows[i / rows.columns()][i % rows.columns()]);
  });
}
inline void set(const Tensor& x, int64_t i, double value) {
  visit_real(x.dtype(), "set", [&]<class T>() {
    const RowView<T> rows(x);
    rows[i / rows.columns()][i % rows.columns()] = static_cast<T>(value);
  });
}
inline std::vector<double> values(const Tensor& x) {
  std::vector<double> out;
  for (int64_t i = 0; i < x.count(); ++i) out.push_back(get(x, i));
  return out;
}

// N(mean, spread), drawn from `seed`.
inline Owned normal(DType dtype, const Shape& shape, uint64_t seed, int64_t pad = 0, double spread = 1,
                    double mean = 0) {
  Owned x(dtype, shape, pad);
  Random random({.seed = seed, .stream = Stream::kTest});
  for (int64_t i = 0; i < x->count(); ++i) set(*x, i, mean + spread * random.normal());
  return x;
}
inline Owned full(DType dtype, const Shape& shape, double value, int64_t pad = 0) {
  Owned x(dtype, shape, pad);
  for (int64_t i = 0; i < x->count(); ++i) set(*x, i, value);
  return x;
}
inline Owned integers(const Shape& shape, uint64_t seed, int64_t low, int64_t high) {
  Owned x(DType::kI32, shape);
  Random random({.seed = seed, .stream = Stream::kTest});
  for (int64_t i = 0; i < x->count(); ++i) {
    (*x).as<int32_t>()[i] =
        static_cast<int32_t>(low + static_cast<int64_t>(random.below(static_cast<uint64_t>(high - low))));
  }
  return x;
}

inline double epsilon(DType dtype) {
  return dtype == DType::kF64 ? std::numeric_limits<double>::epsilon()
                              : std::numeric_limits<float>::epsilon();
}
// Rounding of a sum of n terms in four packs of lanes, in units of epsilon: its depth, and a few operations
// around it.
inline double depth(DType dtype, int64_t n) {
  return static_cast<double>(n) / (4 * 64 / size_of(dtype)) + 12;
}

inline double largest(const Tensor& x) {
  double top = 0;
  for (double value : values(x)) top = std::max(top, std::abs(value));
  return top;
}

// |actual - expected| <= tolerance everywhere; NaN and infinities must agree.
inline void expect_close(const Tensor& actual, const Tensor& expected, double tolerance) {
  ASSERT_EQ(actual.shape(), expected.shape());
  for (int64_t i = 0; i < actual.count(); ++i) {
    const double a = get(actual, i), e = get(expected, i);
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    ASSERT_LE(std::abs(a - e), tolerance) << "element " << i << ": " << a << ", expected " << e;
  }
}
inline void expect_same_bytes(const Owned& a, const Owned& b) {
  EXPECT_TRUE(a.memory() == b.memory()) << a->shape().text();
}

// body(dtype) for every target that this machine runs and both dtypes.
template <class Body>
void for_each_target(const Body& body) {
  const Target before = simd_target();
  for (const Target target : simd_targets()) {
    force_simd_target(target);
    for (const DType dtype : {DType::kF32, DType::kF64}) {
      SCOPED_TRACE(std::string(name_of(target)) + " " + name_of(dtype));
      body(dtype);
    }
  }
  force_simd_target(before);
}

// d loss / d x by central differences against dx, both f64; x is left as it was. With h = 1e-5 both the
// truncation (h^2 f''') and the rounding (1e-16 f / h) are near 1e-10 for losses and slopes near 1.
inline void expect_gradient(const Tensor& x, const Tensor& dx, const std::function<double()>& loss,
                            double tolerance = 1e-7) {
  constexpr double kStep = 1e-5;
  for (int64_t i = 0; i < x.count(); ++i) {
    const double before = get(x, i);
    set(x, i, before + kStep);
    const double above = loss();
    set(x, i, before - kStep);
    const double below = loss();
    set(x, i, before);
    EXPECT_NEAR(get(dx, i), (above - below) / (2 * kStep), tolerance) << "element " << i;
  }
}
inline double dot(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.count(); ++i) sum += get(a, i) * get(b, i);
  return sum;
}

inline const std::vector<int64_t>& sizes() {
  static const std::vector<int64_t> list = {1, 3, 15, 16, 17, 64, 100, 1000};
  return list;
}

}  // namespace ascender::testing
