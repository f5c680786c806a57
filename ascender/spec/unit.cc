#include "ascender/spec/unit.h"

#include <fmt/core.h>

namespace ascender::spec {
namespace {

struct Row {
  const char* name;
  std::optional<Base> base;
  double multiply = 1;
  int decimals = 0;
};

constexpr double kKi = 1024.0;
constexpr std::array kUnits = {
    Row{"%", {}, 1, -2},
    Row{"step", Base::kSteps},
    Row{"steps", Base::kSteps},
    Row{"ex", Base::kExamples},
    Row{"tok", Base::kTokens},
    Row{"run", Base::kRuns},
    Row{"runs", Base::kRuns},
    Row{"eval", Base::kEvals},
    Row{"evals", Base::kEvals},
    Row{"gpu", Base::kGpus},
    Row{"gpus", Base::kGpus},
    Row{"B", Base::kBytes},
    Row{"kB", Base::kBytes, 1e3},
    Row{"MB", Base::kBytes, 1e6},
    Row{"GB", Base::kBytes, 1e9},
    Row{"TB", Base::kBytes, 1e12},
    Row{"KiB", Base::kBytes, kKi},
    Row{"MiB", Base::kBytes, kKi* kKi},
    Row{"GiB", Base::kBytes, kKi* kKi* kKi},
    Row{"TiB", Base::kBytes, kKi* kKi* kKi* kKi},
    Row{"ns", Base::kSeconds, 1, -9},
    Row{"us", Base::kSeconds, 1, -6},
    Row{"ms", Base::kSeconds, 1, -3},
    Row{"s", Base::kSeconds},
    Row{"min", Base::kSeconds, 60},
    Row{"h", Base::kSeconds, 3600},
    Row{"d", Base::kSeconds, 86400},
    Row{"nat", Base::kNat},
    Row{"bit", Base::kNat, 0.69314718055994530942},
    Row{"FLOP", Base::kFlop},
    Row{"GFLOP", Base::kFlop, 1e9},
    Row{"TFLOP", Base::kFlop, 1e12},
    Row{"PFLOP", Base::kFlop, 1e15},
    Row{"z", Base::kScore},
};
constexpr std::array<const char*, kNumBases> kBaseNames = {"steps", "ex",      "tok", "runs", "evals", "gpu",
                                                           "bytes", "seconds", "nat", "FLOP", "z"};

std::string factor(size_t base, int exponent) {
  return exponent == 1 ? kBaseNames[base] : fmt::format("{}^{}", kBaseNames[base], exponent);
}

}  // namespace

Dimension Dimension::of(Base base) {
  Dimension d;
  d.exponents[static_cast<size_t>(base)] = 1;
  return d;
}

std::optional<Dimension> multiply(const Dimension& a, const Dimension& b, int sign) {
  Dimension out;
  for (size_t i = 0; i < kNumBases; ++i) {
    const int exponent = a.exponents[i] + sign * b.exponents[i];
    if (exponent < -8 || exponent > 8) return std::nullopt;
    out.exponents[i] = static_cast<int8_t>(exponent);
  }
  return out;
}

std::string name_of(const Dimension& dimension) {
  std::string over;
  std::string under;
  for (size_t i = 0; i < kNumBases; ++i) {
    const int exponent = dimension.exponents[i];
    if (exponent > 0) over += fmt::format("{}{}", over.empty() ? "" : " ", factor(i, exponent));
    if (exponent < 0 && i == static_cast<size_t>(Base::kSeconds) && exponent == -1) {
      under += "/s";
    } else if (exponent < 0) {
      under += fmt::format("/{}", factor(i, -exponent));
    }
  }
  if (over.empty() && under.empty()) return "no unit";
  return fmt::format("{}{}", over.empty() ? "1" : over, under);
}

std::optional<UnitInfo> find_unit(std::string_view text) {
  const bool rate = text.ends_with("/s");
  if (rate) text.remove_suffix(2);
  for (const Row& row : kUnits) {
    if (row.name != text) continue;
    UnitInfo info{.dimension = row.base ? Dimension::of(*row.base) : Dimension{},
                  .multiply = row.multiply,
                  .decimals = row.decimals};
    if (rate) info.dimension.exponents[static_cast<size_t>(Base::kSeconds)] -= 1;
    return info;
  }
  return std::nullopt;
}

const std::vector<std::string>& unit_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Row& row : kUnits) names.emplace_back(row.name);
    return names;
  }();
  return kNames;
}

Dimension dimension_of(Unit unit) {
  switch (unit) {
    case Unit::kSteps:
      return Dimension::of(Base::kSteps);
    case Unit::kExamples:
      return Dimension::of(Base::kExamples);
    case Unit::kTokens:
      return Dimension::of(Base::kTokens);
    case Unit::kBytes:
      return Dimension::of(Base::kBytes);
    case Unit::kSeconds:
      return Dimension::of(Base::kSeconds);
    case Unit::kNone:
    case Unit::kFraction:
      break;
  }
  return {};
}

}  // namespace ascender::spec
