// What is wrong with a configuration, as far as that shows without training.
#pragma once

#include <vector>

#include "ascender/base/config.h"
#include "ascender/base/diagnostic.h"

namespace ascender {

// Settings that do not fit together or do not fit the task, files that are missing or damaged, a step that
// memory does not hold. None: a trainer of `config` can be made.
std::vector<Diagnostic> find_faults(const Config& config);

}  // namespace ascender
