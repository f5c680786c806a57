#include "ascender/train/optimizer/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ascender {

double LrSchedule::factor(int64_t step) const {
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup);
  const double rest = static_cast<double>(std::max<int64_t>(steps - warmup, 1));
  const double x = std::clamp(static_cast<double>(step - warmup) / rest, 0.0, 1.0);
  switch (kind) {
    case Kind::kConstant:
      return 1;
    case Kind::kLinear:
      return floor + (1 - floor) * (1 - x);
    case Kind::kCosine:
      return floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * x));
    case Kind::kWsd: {
      const double begin = static_cast<double>(steps) * (1 - decay);
      const double y = std::clamp(
          (static_cast<double>(step) - begin) / std::max(static_cast<double>(steps) * decay, 1.0), 0.0, 1.0);
      return floor + (1 - floor) * (1 - y);
    }
  }
  return 1;
}

void describe_schedule(Schema& schema) {
  schema.choice("schedule.kind", "cosine", {"constant", "linear", "cosine", "wsd"},
                "How the learning rate changes over the steps.");
  schema.integer("schedule.warmup", 0, {0, 1e12}, "Steps over which the learning rate rises from 0.",
                 Unit::kSteps);
  schema.where("schedule.kind", {"linear", "cosine", "wsd"}, [](Schema& s) {
    s.real("schedule.floor", 0, {0, 1}, "Share of the learning rate that is left at the end.",
           Unit::kFraction);
  });
  schema.where("schedule.kind", {"wsd"}, [](Schema& s) {
    s.real("schedule.decay", 0.2, {0, 1}, "Share of the steps in which it decays.", Unit::kFraction);
  });
}

LrSchedule make_schedule(const Config& config) {
  const std::string& kind = config.text("schedule.kind");
  LrSchedule s;
  s.kind = kind == "constant" ? LrSchedule::Kind::kConstant
           : kind == "linear" ? LrSchedule::Kind::kLinear
           : kind == "wsd"    ? LrSchedule::Kind::kWsd
                              : LrSchedule::Kind::kCosine;
  s.warmup = config.integer("schedule.warmup");
  s.steps = config.integer("steps");
  s.floor = config.real("schedule.floor");
  s.decay = config.real("schedule.decay");
  return s;
}

}  // namespace ascender
