#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

#include "ascender/base/random.h"
#include "ascender/kernels/matmul/matmul_reference.h"
#include "ascender/kernels/matmul/schedule_book.h"
#include "ascender/tile/target.h"

namespace ascender {
namespace {

constexpr MatmulKind kKinds[] = {MatmulKind::kNN, MatmulKind::kNT, MatmulKind::kTN};
constexpr DType kDtypes[] = {DType::kF32, DType::kF64, DType::kBf16};

// A matrix of numbers in (-1, 1), rows `pad` elements longer than its columns.
class Matrix {
 public:
  Matrix(DType dtype, int64_t rows, int64_t columns, uint64_t seed, int64_t pad = 0)
      : bytes_(static_cast<size_t>(rows * (columns + pad)) * static_cast<size_t>(size_of(dtype))) {
    view_ = Tensor(bytes_.data(), dtype, Shape{rows, columns + pad}).slice(1, 0, columns);
    Random random({seed, Stream::kTest});
    for (int64_t i = 0; i < rows * (columns + pad); ++i) set(dtype, i, 2 * random.uniform() - 1);
  }
  const Tensor& view() const { return view_; }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  double at(int64_t i, int64_t j) const {
    const int64_t k = i * view_.stride(0) + j;
    if (view_.dtype() == DType::kF64) return view_.as<double>()[k];
    return view_.as<float>()[k];
  }

 private:
  void set(DType dtype, int64_t i, double x) {
    if (dtype == DType::kF64) {
      view_.as<double>()[i] = x;
    } else if (dtype == DType::kF32) {
      view_.as<float>()[i] = static_cast<float>(x);
    } else {
      const float wide = static_cast<float>(x);
      uint32_t bits;
      std::memcpy(&bits, &wide, 4);
      view_.as<Bf16>()[i].bits = static_cast<uint16_t>(bits >> 16);
    }
  }
  std::vector<std::byte> bytes_;
  Tensor view_;
};

struct Extents {
  int64_t M, N, K;
};

DType result_of(DType dtype) { return dtype == DType::kF64 ? DType::kF64 : DType::kF32; }
double epsilon_of(DType dtype) { return dtype == DType::kF64 ? 0x1p-52 : 0x1p-23; }

Matrix left(MatmulKind kind, DType dtype, Extents x, int64_t pad = 0) {
  return kind == MatmulKind::kTN ? Matrix(dtype, x.K, x.M, 1, pad) : Matrix(dtype, x.M, x.K, 1, pad);
}
Matrix right(MatmulKind kind, DType dtype, Extents x, int64_t pad = 0) {
  return kind == MatmulKind::kNT ? Matrix(dtype, x.N, x.K, 2, pad) : Matrix(dtype, x.K, x.N, 2, pad);
}

// The order of reduction is the contract's, so where there is a fused multiply-add the bits must be the
// reference's.
void expect_equal(const Matrix& got, const Matrix& want, double tolerance) {
  if (tolerance == 0) {
    ASSERT_EQ(std::memcmp(got.bytes().data(), want.bytes().data(), got.bytes().size()), 0);
    return;
  }
  for (int64_t i = 0; i < got.view().size(0); ++i) {
    for (int64_t j = 0; j < got.view().size(1); ++j) {
      const double scale = std::max(1.0, std::abs(want.at(i, j)));
      ASSERT_NEAR(got.at(i, j), want.at(i, j), tolerance * scale) << i << "," << j;
    }
  }
}

class Matmul : public testing::Test {
 protected:
  ~Matmul() override {
    force_plan(std::nullopt);
    force_simd_target(simd_targets().front());
  }

  // |fast - reference| for a product of depth K of numbers below 1: none with FMA; without it, one rounding
  // more a step.
  static double product_tolerance(DType dtype, int64_t K) {
    return simd_target() == Target::kBaseline ? 2 * epsilon_of(result_of(dtype)) * static_cast<double>(K) : 0;
  }

  Threads threads_{1};
  Arena scratch_{size_t{1} << 30};
  Context context_{threads_, scratch_};
};

TEST_F(Matmul, EqualsTheReferenceForEveryKindTypeAndRaggedShapeOnEveryTarget) {
  const Extents shapes[] = {{1, 1, 1},    {1, 17, 5},    {5, 3, 7},      {7, 16, 64},   {16, 64, 7},
                            {13, 33, 65}, {97, 70, 300}, {50, 129, 257}, {200, 64, 40}, {3, 200, 1030}};
  for (const Target target : simd_targets()) {
    force_simd_target(target);
    for (const DType dtype : kDtypes) {
      for (const MatmulKind kind : kKinds) {
        for (const Extents x : shapes) {
          SCOPED_TRACE(fmt::format("{} {} kind {} {}x{}x{}", name_of(target), name_of(dtype),
                                   static_cast<int>(kind), x.M, x.N, x.K));
          const Matrix a = left(kind, dtype, x), b = right(kind, dtype, x);
          Matrix got(result_of(dtype), x.M, x.N, 3), want(result_of(dtype), x.M, x.N, 4);
          matmul(context_, kind, a.view(), b.view(), got.view());
          matmul_reference(context_, kind, a.view(), b.view(), want.view());
          expect_equal(got, want, product_tolerance(dtype, x.K));
        }
      }
    }
  }
}

TEST_F(Matmul, AddsIntoStridedRowsAndTouchesNothingBetweenThem) {
  const Extents x{53, 37, 270};
  for (const Target target : simd_targets()) {
    force_simd_target(target);
    for (const DType dtype : kDtypes) {
      for (const MatmulKind kind : kKinds) {
        SCOPED_TRACE(fmt::format("{} {} kind {}", name_of(target), name_of(dtype), static_cast<int>(kind)));
        const Matrix a = left(kind, dtype, x, 5), b = right(kind, dtype, x, 3);
        Matrix got(result_of(dtype), x.M, x.N, 3, 9), want(result_of(dtype), x.M, x.N, 3, 9);
        matmul(context_, kind, a.view(), b.view(), got.view(), {.write = Write::kAdd});
        matmul_reference(context_, kind, a.view(), b.view(), want.view(), {.write = Write::kAdd});
        expect_equal(got, want, product_tolerance(dtype, x.K));
      }
    }
  }
}

struct EpilogueCase {
  const char* name;
  Activation activation;
  bool bias, preactivation, residual, derivative;
};
constexpr EpilogueCase kEpilogues[] = {
    {"bias", Activation::kNone, true, false, false, false},
    {"residual", Activation::kNone, false, false, true, false},
    {"gelu, all", Activation::kGelu, true, true, true, false},
    {"relu", Activation::kRelu, true, false, false, false},
    {"relu squared", Activation::kReluSquared, false, true, false, false},
    {"swiglu", Activation::kSwiGlu, false, false, false, false},
    {"swiglu, all", Activation::kSwiGlu, true, true, true, false},
    {"derivative of gelu", Activation::kGelu, false, false, false, true},
    {"derivative of relu", Activation::kRelu, false, false, false, true},
    {"derivative of relu squared", Activation::kReluSquared, false, false, false, true},
};

TEST_F(Matmul, FusesEveryEpilogueOnEveryTarget) {
  for (const Target target : simd_targets()) {
    force_simd_target(target);
    for (const DType dtype : {DType::kF32, DType::kF64}) {
      for (const Extents x : {Extents{5, 6, 9}, Extents{29, 150, 300}}) {
        for (const EpilogueCase& e : kEpilogues) {
          SCOPED_TRACE(fmt::format("{} {} {}", name_of(target), name_of(dtype), e.name));
          const int64_t columns = e.activation == Activation::kSwiGlu ? x.N / 2 : x.N;
          const Matrix a = left(MatmulKind::kNT, dtype, x), b = right(MatmulKind::kNT, dtype, x, 2);
          const Matrix bias(dtype, 1, x.N, 5), of(dtype, x.M, x.N, 6, 1), residual(dtype, x.M, columns, 7, 3);
          Matrix z(dtype, x.M, x.N, 8, 4), z_want(dtype, x.M, x.N, 8, 4);
          Matrix got(dtype, x.M, columns, 9, 2), want(dtype, x.M, columns, 9, 2);
          MatmulOptions options{.activation = e.activation};
          if (e.bias) options.bias = bias.view().reshape({x.N});
          if (e.residual) options.residual = residual.view();
          if (e.derivative) options.derivative_of = of.view();
          if (e.preactivation) options.preactivation = z_want.view();
          matmul_reference(context_, MatmulKind::kNT, a.view(), b.view(), want.view(), options);
          if (e.preactivation) options.preactivation = z.view();
          matmul(context_, MatmulKind::kNT, a.view(), b.view(), got.view(), options);
          expect_equal(z, z_want, product_tolerance(dtype, x.K));
          // An exponential of 3 ulp, and the few operations around it; the product's own error where there is
          // no FMA.
          expect_equal(got, want,
                       16 * epsilon_of(dtype) + 4 * product_tolerance(dtype, x.K) * std::sqrt(x.K));
        }
      }
    }
  }
}

TEST_F(Matmul, ResidualMayAliasTheResult) {
  const Extents x{20, 80, 30};
  const Matrix a = left(MatmulKind::kNN, DType::kF32, x), b = right(MatmulKind::kNN, DType::kF32, x);
  Matrix got(DType::kF32, x.M, x.N, 3), want(DType::kF32, x.M, x.N, 3);
  matmul(context_, MatmulKind::kNN, a.view(), b.view(), got.view(), {.residual = got.view()});
  matmul_reference(context_, MatmulKind::kNN, a.view(), b.view(), want.view(), {.residual = want.view()});
  expect_equal(got, want, product_tolerance(DType::kF32, x.K));
}

TEST_F(Matmul, GivesTheSameBitsUnderEverySchedule) {
  for (const Target target : simd_targets()) {
    force_simd_target(target);
    for (const DType dtype : {DType::kF32, DType::kF64}) {
      for (const Extents x : {Extents{131, 110, 1100}, Extents{19, 48, 130}}) {
        for (const MatmulKind kind : kKinds) {
          const Matrix a = left(kind, dtype, x), b = right(kind, dtype, x);
          Matrix first(dtype, x.M, x.N, 3);
          matmul(context_, kind, a.view(), b.view(), first.view(), {.activation = Activation::kGelu});
          for (int plan = 0; plan < num_plans(); ++plan) {
            SCOPED_TRACE(fmt::format("{} {} kind {} plan {}", name_of(target), name_of(dtype),
                                     static_cast<int>(kind), plan));
            Matrix got(dtype, x.M, x.N, 4);
            force_plan(plan_at(plan));
            matmul(context_, kind, a.view(), b.view(), got.view(), {.activation = Activation::kGelu});
            force_plan(std::nullopt);
            expect_equal(got, first, 0);
          }
        }
      }
    }
  }
}

TEST_F(Matmul, GivesTheSameBitsOnTargetsThatHaveFma) {
  const Extents x{40, 70, 333};
  const Matrix a = left(MatmulKind::kNN, DType::kF32, x), b = right(MatmulKind::kNN, DType::kF32, x);
  Matrix first(DType::kF32, x.M, x.N, 3);
  matmul(context_, MatmulKind::kNN, a.view(), b.view(), first.view(), {.activation = Activation::kGelu});
  for (const Target target : simd_targets()) {
    if (target == Target::kBaseline) continue;
    force_simd_target(target);
    Matrix got(DType::kF32, x.M, x.N, 4);
    matmul(context_, MatmulKind::kNN, a.view(), b.view(), got.view(), {.activation = Activation::kGelu});
    expect_equal(got, first, 0);
  }
}

TEST_F(Matmul, ByAPackedMatrixGivesTheSameBits) {
  for (const DType dtype : kDtypes) {
    for (const MatmulKind kind : {MatmulKind::kNN, MatmulKind::kNT}) {
      for (const Activation activation : {Activation::kNone, Activation::kSwiGlu}) {
        for (const Extents x : {Extents{37, 20, 65}, Extents{50, 256, 300}}) {
          const int64_t columns = activation == Activation::kSwiGlu ? x.N / 2 : x.N;
          const Matrix a = left(kind, dtype, x), b = right(kind, dtype, x);
          Matrix got(result_of(dtype), x.M, columns, 3), want(result_of(dtype), x.M, columns, 4);
          std::vector<std::byte> memory(packed_bytes(kind, b.view()));
          const PackedMatrix packed = pack(context_, kind, b.view(), memory.data());
          matmul(context_, a.view(), packed, got.view(), {.activation = activation});
          matmul(context_, kind, a.view(), b.view(), want.view(), {.activation = activation});
          expect_equal(got, want, 0);
        }
      }
    }
  }
}

TEST_F(Matmul, KeepsTheSmallNumberOfCompiledSchedules) { EXPECT_LE(num_plans(), 24); }

TEST_F(Matmul, CountsItsFlopsAndCompulsoryBytesWithoutTouchingMemoryWhenDry) {
  context_.dry = true;
  const Tensor a(nullptr, DType::kF32, {8, 16}), b(nullptr, DType::kF32, {16, 4}),
      c(nullptr, DType::kF32, {8, 4});
  matmul(context_, MatmulKind::kNN, a, b, c);
  EXPECT_EQ(context_.work.flops, 2.0 * 8 * 16 * 4);
}

TEST_F(Matmul, RefusesShapesAndTypesThatDisagree) {
  const Matrix a(DType::kF32, 4, 5, 1), b(DType::kF32, 6, 3, 2), c(DType::kF32, 4, 3, 3),
      d(DType::kF64, 5, 3, 4);
  EXPECT_THROW(matmul(context_, MatmulKind::kNN, a.view(), b.view(), c.view()), BugError);
  EXPECT_THROW(matmul(context_, MatmulKind::kNN, a.view(), d.view(), c.view()), BugError);
}

TEST_F(Matmul, OfDepthZeroIsTheEpilogueOfZero) {
  const Tensor a(scratch_.allocate(64), DType::kF32, {3, 0}), b(scratch_.allocate(64), DType::kF32, {0, 5});
  Matrix c(DType::kF32, 3, 5, 1), bias(DType::kF32, 1, 5, 2);
  matmul(context_, MatmulKind::kNN, a, b, c.view(), {.bias = bias.view().reshape({5})});
  for (int j = 0; j < 5; ++j) EXPECT_EQ(c.at(2, j), bias.at(0, j));
}

// dz by central differences of the reference's activation in double precision, where it is smooth.
TEST_F(Matmul, ActivationBackwardEqualsFiniteDifferencesOnEveryTarget) {
  constexpr double kStep = 1e-6;
  for (const Target target : simd_targets()) {
    force_simd_target(target);
    for (const Activation activation :
         {Activation::kGelu, Activation::kRelu, Activation::kReluSquared, Activation::kSwiGlu}) {
      const bool gated = activation == Activation::kSwiGlu;
      const int64_t M = 9, N = 42, columns = gated ? N / 2 : N;
      const Matrix z(DType::kF64, M, N, 1, 3), dc(DType::kF64, M, columns, 2);
      Matrix dz(DType::kF64, M, N, 3, 1);
      activation_backward(context_, activation, z.view(), dc.view(), dz.view());
      const auto value = [&](int64_t i, int64_t j, double gate_shift, double value_shift) {
        const double gate = 3 * z.at(i, j) / 3 + gate_shift;
        return gated ? silu(gate) * (z.at(i, columns + j) + value_shift) : activate(activation, gate);
      };
      for (int64_t i = 0; i < M; ++i) {
        for (int64_t j = 0; j < columns; ++j) {
          const double slope = (value(i, j, kStep, 0) - value(i, j, -kStep, 0)) / (2 * kStep);
          EXPECT_NEAR(dz.at(i, j), dc.at(i, j) * slope, 1e-8) << static_cast<int>(activation);
          if (!gated) continue;
          const double other = (value(i, j, 0, kStep) - value(i, j, 0, -kStep)) / (2 * kStep);
          EXPECT_NEAR(dz.at(i, columns + j), dc.at(i, j) * other, 1e-8);
        }
      }
    }
  }
}

TEST_F(Matmul, ActivationBackwardMayWriteOverItsInput) {
  Matrix z(DType::kF32, 5, 33, 1), dc(DType::kF32, 5, 33, 2), want(DType::kF32, 5, 33, 3);
  activation_backward(context_, Activation::kGelu, z.view(), dc.view(), want.view());
  activation_backward(context_, Activation::kGelu, z.view(), dc.view(), dc.view());
  expect_equal(dc, want, 0);
}

}  // namespace
}  // namespace ascender
