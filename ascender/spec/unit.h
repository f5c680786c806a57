// Units of the language. A number with a unit is a value in base units (bytes, seconds, steps, nat, FLOP,
// ...) and a dimension; count kinds do not mix. `%` is 0.01 and has no dimension; 1 bit = ln 2 nat.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ascender/base/config.h"

namespace ascender::spec {

// What a unit counts; z is a standard score, comparable with zscore(...) only.
enum class Base { kSteps, kExamples, kTokens, kRuns, kEvals, kGpus, kBytes, kSeconds, kNat, kFlop, kScore };
inline constexpr size_t kNumBases = 11;

// Exponents of the bases: tok/s is tokens^1 seconds^-1.
struct Dimension {
  std::array<int8_t, kNumBases> exponents{};

  bool none() const { return *this == Dimension{}; }
  bool operator==(const Dimension&) const = default;
  static Dimension of(Base base);
};
// Nothing when an exponent leaves -8..8.
std::optional<Dimension> multiply(const Dimension& a, const Dimension& b, int sign);
// "steps", "tok/s", "no unit".
std::string name_of(const Dimension& dimension);

struct UnitInfo {
  Dimension dimension;
  // A number times `multiply` times 10^`decimals` is in base units; one of the two does nothing.
  double multiply = 1;
  int decimals = 0;
};
// The unit written `text` ("GiB", "tok/s", "%"), or nothing.
std::optional<UnitInfo> find_unit(std::string_view text);
const std::vector<std::string>& unit_names();  // without rates

// The dimension that a setting with `unit` has.
Dimension dimension_of(Unit unit);

}  // namespace ascender::spec
