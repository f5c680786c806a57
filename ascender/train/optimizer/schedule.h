// The learning rate as a function of the step alone, so that nothing of it needs to be saved.
#pragma once

#include <cstdint>
#include <string>

#include "ascender/base/config.h"

namespace ascender {

// factor(step) in [0, 1], step from 0, multiplies optimizer.lr. Warm-up: (step + 1) / warmup. Then
//   constant  1
//   linear    1 -> floor over the rest
//   cosine    1 -> floor by half a cosine over the rest
//   wsd       1, then 1 -> floor linearly over the last `decay` share of the steps
struct LrSchedule {
  enum class Kind { kConstant, kLinear, kCosine, kWsd } kind = Kind::kCosine;
  int64_t warmup = 0;
  int64_t steps = 1;
  double floor = 0;
  double decay = 0.2;

  double factor(int64_t step) const;
};

void describe_schedule(Schema& schema);
LrSchedule make_schedule(const Config& config);

}  // namespace ascender
