#include "ascender/kernels/cross_entropy/cross_entropy.h"

#include "ascender/kernels/cross_entropy/cross_entropy_reference.h"
#include "ascender/kernels/testing.h"

namespace ascender {
namespace {

using namespace testing;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<CrossEntropyOptions> variants() {
  return {{},
          {.label_smoothing = 0.1},
          {.z_loss = 1e-2},
          {.label_smoothing = 0.2, .z_loss = 1e-3, .precise = true},
          {.precise = true},
          {.stablemax = true},
          {.precise = true, .stablemax = true}};
}

Owned targets_of(int64_t rows, int64_t V) {
  Owned targets = integers({rows}, 5, 0, V);
  targets->as<int32_t>()[rows / 2] = -1;
  return targets;
}

struct Result {
  Owned loss, lse, dz;
};

// Forward and backward by the fast kernels; dz in memory of its own.
Result run(const Owned& z, const Tensor& targets, const CrossEntropyOptions& options, double scale = 0.5) {
  const DType dtype = z->dtype();
  const int64_t rows = z->size(0), V = z->size(1);
  Result r{Owned(dtype, {rows}), Owned(dtype, {rows}), Owned(dtype, {rows, V}, 2)};
  Bench bench;
  cross_entropy_forward(bench.context, *z, targets, *r.loss, *r.lse, options);
  cross_entropy_backward(bench.context, *z, targets, *r.lse, scale, *r.dz, options);
  return r;
}

TEST(CrossEntropy, EqualsTheReference) {
  for_each_target([](DType dtype) {
    for (int64_t V : {1, 3, 15, 16, 17, 27, 64, 100, 1000, 1024, 1025, 3001}) {
      for (const CrossEntropyOptions& options : variants()) {
        SCOPED_TRACE("V " + std::to_string(V) + " smoothing " + std::to_string(options.label_smoothing) +
                     " z " + std::to_string(options.z_loss) + (options.stablemax ? " stablemax" : ""));
        const Owned z = normal(dtype, {5, V}, 3, V % 2 == 0 ? 3 : 0, 4), targets = targets_of(5, V);
        const Result r = run(z, *targets, options);
        Owned loss(dtype, {5}), lse(dtype, {5}), dz(dtype, {5, V});
        cross_entropy_forward_reference(*z, *targets, *loss, *lse, options);
        cross_entropy_backward_reference(*z, *targets, *lse, 0.5, *dz, options);
        // Logits below 30: a loss is a sum of a few numbers of that size; the gradients follow lse
        // relatively.
        const double unit = epsilon(dtype) * depth(dtype, std::min<int64_t>(V, 1024)) * 30;
        expect_close(*r.lse, *lse, unit);
        expect_close(*r.loss, *loss, unit);
        expect_close(*r.dz, *dz, unit);
      }
    }
  });
}

TEST(CrossEntropy, PreciseIsAsGoodAsTheFormatAllows) {
  for_each_target([](DType dtype) {
    const Owned z = normal(dtype, {3, 5000}, 3), targets = targets_of(3, 5000);
    const Result r = run(z, *targets, {.precise = true});
    Owned loss(dtype, {3}), lse(dtype, {3});
    cross_entropy_forward_reference(*z, *targets, *loss, *lse, {});
    expect_close(*r.lse, *lse, 10 * epsilon(dtype));  // lse is near 9: one unit in the last place
  });
}

TEST(CrossEntropy, BackwardMayOverwriteTheLogits) {
  for_each_target([](DType dtype) {
    const Owned targets = targets_of(4, 77), same = normal(dtype, {4, 77}, 3), z = normal(dtype, {4, 77}, 3);
    Owned dz(dtype, {4, 77}), loss(dtype, {4}), lse(dtype, {4});
    Bench bench;
    cross_entropy_forward(bench.context, *z, *targets, *loss, *lse);
    cross_entropy_backward(bench.context, *z, *targets, *lse, 1, *dz);
    cross_entropy_backward(bench.context, *same, *targets, *lse, 1, *same);
    expect_same_bytes(dz, same);
  });
}

TEST(CrossEntropy, GradientsMatchFiniteDifferences) {
  for_each_target([](DType dtype) {
    if (dtype != DType::kF64) return;
    for (const CrossEntropyOptions& options : variants()) {
      const Owned z = normal(dtype, {3, 19}, 8, 0, 2), targets = targets_of(3, 19);
      const Result r = run(z, *targets, options, 1);
      Owned loss(dtype, {3}), lse(dtype, {3}), ones = full(dtype, {3}, 1);
      Bench bench;
      expect_gradient(*z, *r.dz, [&] {
        cross_entropy_forward(bench.context, *z, *targets, *loss, *lse, options);
        return dot(*loss, *ones);
      });
    }
  });
}

// PyTorch 2.15.0, float64: F.cross_entropy(ignore_index=-1, label_smoothing=0.1, reduction='none').
TEST(CrossEntropy, GivesTheValuesOfPyTorch) {
  Owned z(DType::kF64, {3, 4}), targets(DType::kI32, {3});
  const double logits[] = {1.0, -2.0, 0.5, 3.0, 0.0, 0.0, 5.0, -1.0, 2.0, 1.0, 0.0, -1.0};
  for (int64_t i = 0; i < 12; ++i) set(*z, i, logits[i]);
  const int32_t wanted[] = {3, -1, 1};
  std::copy(wanted, wanted + 3, targets->as<int32_t>());
  const Result r = run(z, *targets, {.label_smoothing = 0.1}, 1);
  const double loss[] = {0.43975344767935176, 0.0, 1.4901896985611955};
  const double slopes[] = {
      0.08555375036173923, -0.01949585287241633, 0.04205423914061148, -0.10811213662993435, 0, 0, 0, 0,
      0.6189142598879723,  -0.6881171819100899,  0.06214431874203257, 0.0070586032800849866};
  for (int64_t i = 0; i < 3; ++i) EXPECT_NEAR(get(*r.loss, i), loss[i], 1e-15);
  for (int64_t i = 0; i < 12; ++i) EXPECT_NEAR(get(*r.dz, i), slopes[i], 1e-15);
}

TEST(CrossEntropy, ShiftingARowChangesNothingButItsLse) {
  for_each_target([](DType dtype) {
    const Owned z = normal(dtype, {4, 200}, 3), targets = targets_of(4, 200);
    const Result before = run(z, *targets, {});
    for (int64_t i = 0; i < z->count(); ++i) set(*z, i, get(*z, i) + 64);
    const Result after = run(z, *targets, {});
    expect_close(*after.loss, *before.loss, 300 * epsilon(dtype));  // 64 + z drops six bits of z
    expect_close(*after.dz, *before.dz, 300 * epsilon(dtype));
  });
}

TEST(CrossEntropy, IgnoredTargetsGiveNothing) {
  for_each_target([](DType dtype) {
    const Owned z = normal(dtype, {3, 40}, 3);
    Owned targets(DType::kI32, {3});
    std::fill_n(targets->as<int32_t>(), 3, 7);
    const Result r = run(z, *targets, {.label_smoothing = 0.1, .z_loss = 0.1, .ignore = 7});
    EXPECT_EQ(largest(*r.loss), 0);
    EXPECT_EQ(largest(*r.lse), 0);
    EXPECT_EQ(largest(*r.dz), 0);
  });
}

TEST(CrossEntropy, HugeLogitsStayFinite) {
  for_each_target([](DType dtype) {
    for (double size : {1e4, -1e4}) {
      Owned z = full(dtype, {1, 50}, -size);
      set(*z, 20, size);
      Owned targets(DType::kI32, {1});
      targets->as<int32_t>()[0] = 20;
      const Result r = run(z, *targets, {}, 1);
      // One logit above all others by 20000, or 49 above it.
      EXPECT_NEAR(get(*r.loss, 0), size > 0 ? 0 : 2e4 + std::log(49.0), 1e4 * 2 * epsilon(dtype));
      EXPECT_NEAR(get(*r.dz, 20), size > 0 ? 0 : -1, 1e-6);
      // lse near 1e4 is rounded to the format, which p feels relatively.
      EXPECT_NEAR(get(*r.dz, 3), size > 0 ? 0 : 1.0 / 49, 1e4 * epsilon(dtype) / 49);
    }
  });
}

TEST(CrossEntropy, ForbiddenLogitsGetNoProbability) {
  for_each_target([](DType dtype) {
    for (int64_t V : {5, 1100}) {
      Owned z = full(dtype, {1, V}, -kInfinity);
      set(*z, V - 2, 1.0);
      set(*z, V - 1, 1.0);
      Owned targets(DType::kI32, {1});
      targets->as<int32_t>()[0] = static_cast<int32_t>(V - 1);
      const Result r = run(z, *targets, {}, 1);
      EXPECT_NEAR(get(*r.loss, 0), std::log(2.0), 4 * epsilon(dtype));
      EXPECT_EQ(get(*r.dz, 0), 0);
      EXPECT_NEAR(get(*r.dz, V - 2), 0.5, 4 * epsilon(dtype));
      EXPECT_NEAR(get(*r.dz, V - 1), -0.5, 4 * epsilon(dtype));
    }
  });
}

TEST(CrossEntropy, NumericalEventsAreData) {
  for_each_target([](DType dtype) {
    Owned targets(DType::kI32, {4});
    std::fill_n(targets->as<int32_t>(), 4, 1);
    Owned z = full(dtype, {4, 30}, 0.5);
    set(*z, 0 * 30 + 29, kInfinity);
    set(*z, 1 * 30 + 0, std::nan(""));
    set(*z, 2 * 30 + 1, -kInfinity);  // the target itself is forbidden
    for (int64_t v = 0; v < 30; ++v) set(*z, 3 * 30 + v, -kInfinity);
    const Result r = run(z, *targets, {});
    EXPECT_EQ(get(*r.loss, 0), kInfinity);
    EXPECT_TRUE(std::isnan(get(*r.loss, 1)));
    EXPECT_EQ(get(*r.loss, 2), kInfinity);
    EXPECT_EQ(get(*r.lse, 3), -kInfinity);
    EXPECT_TRUE(std::isnan(get(*r.loss, 3)));
  });
}

TEST(CrossEntropy, AVocabularyOfOneIsCertain) {
  for_each_target([](DType dtype) {
    const Owned z = normal(dtype, {3, 1}, 3), targets = integers({3}, 1, 0, 1);
    const Result r = run(z, *targets, {});
    expect_close(*r.loss, *full(dtype, {3}, 0), 2 * epsilon(dtype));
    expect_close(*r.dz, *full(dtype, {3, 1}, 0), 2 * epsilon(dtype));
  });
}

TEST(CrossEntropy, ATargetOutsideTheVocabularyIsABug) {
  Bench bench;
  const Owned z = normal(DType::kF32, {2, 5}, 1), targets = integers({2}, 1, 5, 6);
  Owned loss(DType::kF32, {2}), lse(DType::kF32, {2});
  EXPECT_THROW(cross_entropy_forward(bench.context, *z, *targets, *loss, *lse), BugError);
  EXPECT_THROW(cross_entropy_forward(bench.context, *z, *integers({2}, 1, 0, 5), *loss, *lse,
                                     {.label_smoothing = 0.1, .stablemax = true}),
               BugError);
}

}  // namespace
}  // namespace ascender
