// Which schedule a product runs under: a heuristic from its shape, or what measuring on this machine found
// best. The choice changes time, never bits. Measured choices live in a file, by machine, SIMD target and
// shape:
//   $ASCENDER_SCHEDULES, else $XDG_CACHE_HOME/ascender/schedules.json, else ~/.cache/ascender/schedules.json
// read once at the first large product, written whole (beside, then renamed) by `ascender bench matmul
// --tune`. A damaged or foreign file is passed over with a note on stderr.
// ASCENDER_SCHEDULE=INDEX,PACK_A,PACK_B forces one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "ascender/kernels/matmul/matmul.h"

namespace ascender {

// A compiled schedule (kMatmulSchedules) and what is packed before use.
struct MatmulPlan {
  int schedule = 0;
  bool pack_a = false;
  bool pack_b = true;
  bool operator==(const MatmulPlan&) const = default;
};

struct MatmulShape {
  MatmulKind kind = MatmulKind::kNN;
  DType dtype = DType::kF32;
  int64_t M = 0, N = 0, K = 0;
  auto operator<=>(const MatmulShape&) const = default;
};

// The plan in force for a shape: forced, measured, or static_plan.
MatmulPlan plan_of(const MatmulShape& shape);
// The heuristic alone.
MatmulPlan static_plan(const MatmulShape& shape);
// Every plan that may run a shape.
int num_plans();
MatmulPlan plan_at(int index);

// Forces one plan for all shapes (nothing: as before). For tests and benchmarks; no product may be running.
void force_plan(std::optional<MatmulPlan> plan);

// Adopts the measured plan of a shape for this process and writes the file.
void keep_plan(const MatmulShape& shape, const MatmulPlan& plan);
// Reads the file again; how many plans of this machine it holds.
int reload_plans();
std::string schedule_file();

}  // namespace ascender
