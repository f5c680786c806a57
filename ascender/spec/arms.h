// From a model to its axes, the points of their grid, and what is set at each.
#pragma once

#include "ascender/spec/check.h"
#include "ascender/spec/model.h"

namespace ascender::spec {

inline constexpr size_t kMostArms = 4096;

// Fills grid, arms, pruned, assignments of `resolved` and adds to its not_run.
void make_arms(const Model& model, const Names& names, Resolved& resolved, Report& report);

}  // namespace ascender::spec
