// The table that a looped model is judged by: exact match by digits (down) and loops at test time (across),
// uniform / carry-heavy operands in one cell, in percent.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ascender/report/chart.h"
#include "ascender/report/terminal.h"

namespace ascender {

// `eval.exact_match.SET[.L].DIGITS[.loops.N|.halt]`, L for the sets chain and dep. `eval.loops.....halt` is
// the mean number of loops that halting took.
struct ExactMatchName {
  std::string set;
  int length = 0;  // L; 0: the set has none
  int digits = 0;
  std::string loops;  // "4", "halt", "" for the most loops evaluated, "used" for the loops that halting took
  bool operator==(const ExactMatchName&) const = default;
};
std::optional<ExactMatchName> parse_exact_match(std::string_view metric);

// All tables that the metrics allow, or "" when none is an exact match.
std::string exact_match_tables(const std::map<std::string, double>& metrics, TextStyle style);

// Exact match on carry-heavy operands over loops, a line for each number of digits; no series when the
// metrics hold fewer than two numbers of loops. `most_loops`: where the measurement at the most loops is
// drawn.
Chart exact_match_chart(const std::map<std::string, double>& metrics, int most_loops);

// 0.998 -> "99.8", 1 -> "100", NaN -> "nan".
std::string percent(double share);

}  // namespace ascender
