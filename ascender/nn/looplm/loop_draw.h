// How many loops a training step takes.
//   uniform  min(U{1..loops}, cap); the cap grows from 1 to `loops` over the first `ramp` of the steps
//   poisson  min(1 + Poisson((loops - 1) / 2), cap), the same mean with a tail; after the ramp the cap is 2
//   loops fixed    loops
#pragma once

#include <cstdint>

namespace ascender {

enum class LoopDraw { kUniform, kFixed, kPoisson };

struct LoopPlan {
  LoopDraw draw = LoopDraw::kUniform;
  int loops = 8;
  double ramp = 0.5;  // share of the steps; 0: no cap

  int most() const { return draw == LoopDraw::kPoisson ? 2 * loops : loops; }
};

int draw_loops(const LoopPlan& plan, uint64_t seed, uint64_t step, uint64_t total_steps);

}  // namespace ascender
