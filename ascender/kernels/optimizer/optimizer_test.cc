#include "ascender/kernels/optimizer/optimizer.h"

#include "ascender/kernels/optimizer/optimizer_reference.h"
#include "ascender/kernels/testing.h"

namespace ascender {
namespace {

using namespace testing;

// Parameters, gradient and moments of n elements; v is positive.
struct Storage {
  Storage(DType dtype, const Shape& shape)
      : p(normal(dtype, shape, 1)),
        g(normal(dtype, shape, 2)),
        m(normal(dtype, shape, 3)),
        v(normal(dtype, shape, 4)) {
    for (int64_t i = 0; i < v->count(); ++i) set(*v, i, std::abs(get(*v, i)) + 0.01);
  }
  Owned p, g, m, v;
};

TEST(AdamW, EqualsTheReference) {
  for_each_target([](DType dtype) {
    for (int64_t n : {1, 3, 15, 16, 17, 64, 100, 1000, 40000}) {
      const Storage a(dtype, {n}), b(dtype, {n});
      const AdamW options = {
          .lr = 0.1, .beta1 = 0.9, .beta2 = 0.95, .weight_decay = 0.1, .step = 7, .gradient_scale = 0.3};
      Bench bench;
      adamw(bench.context, *a.p, *a.g, *a.m, *a.v, options);
      adamw_reference(*b.p, *b.g, *b.m, *b.v, options);
      // A handful of roundings each; v >= 0.0095, so a step is at most 0.1 m / (0.5 * 0.17).
      expect_close(*a.m, *b.m, 8 * epsilon(dtype) * 5);
      expect_close(*a.v, *b.v, 8 * epsilon(dtype) * 5);
      expect_close(*a.p, *b.p, 12 * epsilon(dtype) * 10);
    }
  });
}

TEST(Sgd, EqualsTheReference) {
  for_each_target([](DType dtype) {
    for (int64_t n : {1, 17, 1000, 40000}) {
      for (const bool nesterov : {false, true}) {
        const Storage a(dtype, {n}), b(dtype, {n});
        const Sgd options = {
            .lr = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = nesterov, .gradient_scale = 0.3};
        Bench bench;
        sgd(bench.context, *a.p, *a.g, *a.m, options);
        sgd_reference(*b.p, *b.g, *b.m, options);
        expect_close(*a.m, *b.m, 8 * epsilon(dtype) * 5);
        expect_close(*a.p, *b.p, 8 * epsilon(dtype) * 5);
      }
    }
  });
}

const double kStart[] = {0.5, -1.25, 2.0, -0.75, 0.1};
const double kGradients[3][5] = {
    {0.3, -0.2, 0.05, 1.5, -0.0}, {-0.1, 0.4, 2.5, -1.0, 1e-3}, {0.7, 0.7, -0.3, 0.2, -2.0}};

// Parameters after three steps from kStart; step(p, g, m, v, number).
template <class Step>
std::vector<double> three_steps(DType dtype, const Step& step) {
  Owned p(dtype, {5}), g(dtype, {5});
  const Owned m = full(dtype, {5}, 0), v = full(dtype, {5}, 0);
  for (int64_t i = 0; i < 5; ++i) set(*p, i, kStart[i]);
  for (int number = 1; number <= 3; ++number) {
    for (int64_t i = 0; i < 5; ++i) set(*g, i, kGradients[number - 1][i]);
    step(*p, *g, *m, *v, number);
  }
  return values(*p);
}

void expect_steps(DType dtype, const std::vector<double>& actual, const std::vector<double>& expected) {
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 20 * epsilon(dtype)) << i;
}

// PyTorch 2.15.0, float64: torch.optim.AdamW(lr=0.05, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1).
TEST(AdamW, GivesTheValuesOfPyTorch) {
  for_each_target([](DType dtype) {
    Bench bench;
    const auto p = three_steps(dtype, [&](auto& w, auto& g, auto& m, auto& v, int step) {
      adamw(bench.context, w, g, m, v,
            {.lr = 0.05, .beta1 = 0.9, .beta2 = 0.95, .eps = 1e-8, .weight_decay = 0.1, .step = step});
    });
    expect_steps(dtype, p,
                 {0.3880418654666059, -1.2339017349153667, 1.858173600093853, -0.8047659522778825,
                  0.0930908660168597});
  });
}

// PyTorch 2.15.0, float64: torch.optim.SGD(lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=...).
TEST(Sgd, GivesTheValuesOfPyTorch) {
  for_each_target([](DType dtype) {
    Bench bench;
    const auto run = [&](bool nesterov) {
      return three_steps(dtype, [&](auto& w, auto& g, auto& m, auto&, int) {
        sgd(bench.context, w, g, m,
            {.lr = 0.05, .momentum = 0.9, .weight_decay = 0.01, .nesterov = nesterov});
      });
    };
    expect_steps(dtype, run(true),
                 {0.39352267235006244, -1.3312990930307813, 1.673348945498375, -0.8881134357132187,
                  0.28946248786426254});
    expect_steps(
        dtype, run(false),
        {0.4324740961875, -1.2924042473437498, 1.7651846491249998, -0.8660296686562501, 0.19962464498750002});
  });
}

TEST(AdamW, GradientScaleActsAsScalingTheGradient) {
  for_each_target([](DType dtype) {
    const Storage a(dtype, {100}), b(dtype, {100});
    for (int64_t i = 0; i < 100; ++i) set(*b.g, i, get(*b.g, i) * 0.25);
    Bench bench;
    adamw(bench.context, *a.p, *a.g, *a.m, *a.v, {.gradient_scale = 0.25});
    adamw(bench.context, *b.p, *b.g, *b.m, *b.v, {});
    expect_same_bytes(a.p, b.p);
  });
}

TEST(AdamW, AGradientOfNanIsData) {
  const Storage a(DType::kF32, {20});
  set(*a.g, 3, std::nan(""));
  Bench bench;
  adamw(bench.context, *a.p, *a.g, *a.m, *a.v, {});
  for (int64_t i = 0; i < 20; ++i) EXPECT_EQ(std::isnan(get(*a.p, i)), i == 3);
}

TEST(AdamW, StepZeroIsABug) {
  const Storage a(DType::kF32, {4});
  Bench bench;
  EXPECT_THROW(adamw(bench.context, *a.p, *a.g, *a.m, *a.v, {.step = 0}), BugError);
}

TEST(AverageWeights, EqualsTheReference) {
  for_each_target([](DType dtype) {
    const Storage a(dtype, {1000}), b(dtype, {1000});
    Bench bench;
    average_weights(bench.context, *a.p, *a.m, 0.99);
    average_weights_reference(*b.p, *b.m, 0.99);
    expect_close(*a.m, *b.m, 8 * epsilon(dtype) * 5);
  });
}

TEST(Muon, EqualsTheReference) {
  for_each_target([](DType dtype) {
    for (const Shape& shape : {Shape{1, 1}, Shape{4, 4}, Shape{16, 48}, Shape{33, 7}, Shape{5, 100}}) {
      const Storage a(dtype, shape), b(dtype, shape);
      const Muon options = {.lr = 0.1, .weight_decay = 0.1, .gradient_scale = 0.5};
      Bench bench;
      muon(bench.context, *a.p, *a.g, *a.m, options);
      muon_reference(*b.p, *b.g, *b.m, options);
      expect_close(*a.m, *b.m, 8 * epsilon(dtype) * 5);
      // Errors of a step of Newton-Schulz grow by its slope, at most 3.4445, in each of five steps.
      expect_close(*a.p, *b.p, epsilon(dtype) * 20 * std::pow(3.4445, 5));
    }
  });
}

// Singular values of u [R,C] by Jacobi rotations of the shorter Gram matrix.
std::vector<double> singular_values(std::vector<double> u, int64_t R, int64_t C) {
  const int64_t S = std::min(R, C), L = std::max(R, C);
  const auto at = [&](int64_t s, int64_t l) { return static_cast<size_t>(R <= C ? s * C + l : l * C + s); };
  for (int sweep = 0; sweep < 30; ++sweep) {
    for (int64_t i = 0; i < S; ++i) {
      for (int64_t j = i + 1; j < S; ++j) {
        double ii = 0, jj = 0, ij = 0;
        for (int64_t l = 0; l < L; ++l) {
          const double a = u[at(i, l)], b = u[at(j, l)];
          ii += a * a, jj += b * b, ij += a * b;
        }
        if (std::abs(ij) < 1e-15) continue;
        const double angle = 0.5 * std::atan2(2 * ij, ii - jj), c = std::cos(angle), s = std::sin(angle);
        for (int64_t l = 0; l < L; ++l) {
          const double a = u[at(i, l)], b = u[at(j, l)];
          u[at(i, l)] = c * a + s * b;
          u[at(j, l)] = c * b - s * a;
        }
      }
    }
  }
  std::vector<double> out;
  for (int64_t i = 0; i < S; ++i) {
    double square = 0;
    for (int64_t l = 0; l < L; ++l) square += u[at(i, l)] * u[at(i, l)];
    out.push_back(std::sqrt(square));
  }
  return out;
}

// Jordan 2024: five steps bring the singular values near 1, not to it.
TEST(Muon, StepsAreNearlyOrthogonal) {
  for (const Shape& shape : {Shape{24, 24}, Shape{16, 64}, Shape{64, 16}}) {
    const Owned p = full(DType::kF32, shape, 0), m = full(DType::kF32, shape, 0),
                g = normal(DType::kF32, shape, 9);
    Bench bench;
    muon(bench.context, *p, *g, *m, {.lr = 1});
    const double factor =
        std::sqrt(std::max(1.0, static_cast<double>(shape[0]) / static_cast<double>(shape[1])));
    for (double s : singular_values(values(*p), shape[0], shape[1])) {
      EXPECT_GT(s / factor, 0.6);
      EXPECT_LT(s / factor, 1.3);
    }
  }
}

TEST(Muon, ADryRunCountsItsProductsAndReleasesItsScratch) {
  Bench bench;
  bench.context.dry = true;
  const Storage a(DType::kF32, {32, 64});
  const std::vector<std::byte> before = a.p.memory();
  muon(bench.context, *a.p, *a.g, *a.m, {});
  EXPECT_GT(bench.context.work.flops, 5 * 2.0 * (2.0 * 32 * 32 * 64 + 32.0 * 32 * 32));
  EXPECT_EQ(a.p.memory(), before);
  EXPECT_EQ(bench.scratch.mark(), 0u);
  EXPECT_GT(bench.scratch.peak_bytes(), 2u * 32 * 64 * 4);
}

TEST(Muon, AZeroGradientIsNoStep) {
  const Owned p = normal(DType::kF32, {8, 8}, 1), before = normal(DType::kF32, {8, 8}, 1);
  const Owned g = full(DType::kF32, {8, 8}, 0), m = full(DType::kF32, {8, 8}, 0);
  Bench bench;
  muon(bench.context, *p, *g, *m, {});
  expect_same_bytes(p, before);
}

}  // namespace
}  // namespace ascender
