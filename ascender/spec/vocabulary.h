// The words of the language, in one place: the lexer, the parser, the checker and docs/language.md use these
// lists.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ascender/spec/unit.h"

namespace ascender::spec {

inline constexpr int kLanguageVersion = 1;

enum class BlockKind {
  kObjective,
  kDesignSpace,
  kDynamics,
  kTuningSpace,
  kInfrastructure,
  kKnowledge,
  kOverride
};
const char* name_of(BlockKind kind);

const std::vector<std::string>& file_words();       // ascender import extends
const std::vector<std::string>& block_words();      // objective design_space ..., in BlockKind order
const std::vector<std::string>& statement_words();  // maximize verify derive ...
const std::vector<std::string>& clause_words();     // by within adjusting ...; never a unit
const std::vector<std::string>& operator_words();   // and or not in mod

bool contains(const std::vector<std::string>& words, std::string_view word);

// What a function may be used for.
enum class Role { kValue, kDomain, kStrategy, kPruner, kTest, kAction };
const std::vector<std::string>& functions(Role role);

// The first parts that a measured name may have (`eval.loss`), and the dimension of those that have a known
// one.
const std::vector<std::string>& metric_roots();
std::optional<Dimension> metric_dimension(std::string_view name);

// The parts of infrastructure { } and the prefix that each gives its settings ("" for orchestrator).
struct Part {
  const char* name;
  const char* prefix;
};
std::span<const Part> infrastructure_parts();

// Settings that the language knows and no schema has yet: checked, then reported as not run.
struct LaterSetting {
  const char* path;
  const char* kind;
};
std::span<const LaterSetting> later_settings();

}  // namespace ascender::spec
