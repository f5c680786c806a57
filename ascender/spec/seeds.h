// `seeds` of tuning_space, and the setting `seed`, which says the same of a single run.
#pragma once

#include <cstdint>
#include <vector>

#include "ascender/spec/model.h"

namespace ascender::spec {

// Of `seed` and `seeds` the stronger stands; both in one layer are a fault (E0306).
void prefer_stronger_seeds(Model& model, Report& report);

// seeds = {1, 2, 3}, 1 .. 5, or one number; none where nothing gives them.
std::vector<int64_t> seeds_of(const Model& model, const Names& names, Report& report);

}  // namespace ascender::spec
