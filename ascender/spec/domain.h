// Domains of settings: choice(...), {..}, range(a, b[, step = s]), a .. b, [a, b], uniform(a, b), logrange(a,
// b), normal(mean, sd), permute(...).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ascender/spec/convert.h"
#include "ascender/spec/evaluate.h"

namespace ascender::spec {

struct DomainSet {
  std::optional<std::vector<Value>> choices;  // else an interval
  double low = -1e300;                        // inclusive
  double high = 1e300;
  double step = 0;       // 0: continuous
  bool sampled = false;  // uniform, logrange: drawn by a search, not listed
};

// The domain that `expr` gives for `field`; faults (E0303, E0403..E0503) are reported.
std::optional<DomainSet> make_domain(const Expr& expr, const Field& field, Evaluator& evaluator,
                                     Report& report);

bool contains(const DomainSet& domain, const Value& value);

// Every value, where there are at most kMostChoices and each can be named; nothing for a continuous domain.
inline constexpr size_t kMostChoices = 4096;
std::optional<std::vector<Value>> enumerate(const DomainSet& domain, const Field& field);

}  // namespace ascender::spec
