#include "ascender/nn/looplm/loop_draw.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace ascender {
namespace {

constexpr uint64_t kSteps = 1000;

TEST(LoopDraw, StaysUnderAGrowingCapAndReachesTheMost) {
  for (const LoopDraw draw : {LoopDraw::kUniform, LoopDraw::kPoisson}) {
    const LoopPlan plan{draw, 8, 0.5};
    int largest = 0;
    for (uint64_t step = 0; step < kSteps; ++step) {
      const int loops = draw_loops(plan, 1, step, kSteps);
      EXPECT_GE(loops, 1);
      EXPECT_LE(loops, step < 500 ? 1 + static_cast<int>(8 * step / 500) : plan.most());
      largest = std::max(largest, loops);
    }
    EXPECT_GE(largest, 8);
  }
}

TEST(LoopDraw, FixedIsFixed) {
  for (uint64_t step = 0; step < 20; ++step)
    EXPECT_EQ(draw_loops({LoopDraw::kFixed, 5, 0.5}, 1, step, 20), 5);
}

TEST(LoopDraw, PoissonHasItsDistribution) {
  const LoopPlan plan{LoopDraw::kPoisson, 8, 0};
  constexpr int kDraws = 20000;
  std::vector<int> counts(static_cast<size_t>(plan.most()) + 1);
  for (uint64_t step = 0; step < kDraws; ++step)
    ++counts[static_cast<size_t>(draw_loops(plan, 3, step, kDraws))];
  double probability = std::exp(-3.5);  // of one loop
  for (int loops = 1; loops < plan.most(); ++loops) {
    const double sigma = std::sqrt(kDraws * probability * (1 - probability));
    EXPECT_NEAR(counts[static_cast<size_t>(loops)], kDraws * probability, 5 * sigma + 1) << loops;
    probability *= 3.5 / loops;
  }
}

}  // namespace
}  // namespace ascender
