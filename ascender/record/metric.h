// A metric is a name plus labels: `train.loss`, or `eval.exact_match` with {set=carry, digits=12, loops=8}.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace ascender {

using Labels = std::map<std::string, std::string>;

// Exact values are a function of the run's configuration and enter the canonical export; volatile ones
// (tokens a second, memory, host) differ from run to run and do not.
enum class Kind { kExact, kVolatile };

// "digits=12,loops=8,set=carry": sorted by key, "" without labels.
// REQUIRES: keys and values not empty, of letters, digits and _.-+:/ only.
std::string flatten(const Labels& labels);

// REQUIRES: `name` not empty, of letters, digits and _.- only; else BugError.
void check_metric_name(std::string_view name);

}  // namespace ascender
