#include "ascender/nn/looplm/loop_draw.h"

#include <algorithm>
#include <cmath>

#include "ascender/base/random.h"

namespace ascender {
namespace {

// Knuth, The Art of Computer Programming 2, 3.4.1, algorithm Q: multiplications until the product is below
// exp(-mean).
int poisson(Random& random, double mean) {
  int count = -1;
  for (double product = 1; product > std::exp(-mean) || count < 0; ++count) product *= random.uniform();
  return count;
}

int cap(const LoopPlan& plan, uint64_t step, uint64_t total_steps) {
  const double ramp = plan.ramp * static_cast<double>(total_steps);
  if (static_cast<double>(step) >= ramp) return plan.most();
  return 1 + static_cast<int>(plan.loops * static_cast<double>(step) / ramp);
}

}  // namespace

int draw_loops(const LoopPlan& plan, uint64_t seed, uint64_t step, uint64_t total_steps) {
  if (plan.draw == LoopDraw::kFixed) return plan.loops;
  Random random({seed, Stream::kLoops}, step);
  const int drawn = 1 + (plan.draw == LoopDraw::kPoisson
                             ? poisson(random, (plan.loops - 1) / 2.0)
                             : static_cast<int>(random.below(static_cast<uint64_t>(plan.loops))));
  return std::min(drawn, cap(plan, step, total_steps));
}

}  // namespace ascender
