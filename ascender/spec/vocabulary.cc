#include "ascender/spec/vocabulary.h"

#include <algorithm>
#include <array>

namespace ascender::spec {
namespace {

using Words = std::vector<std::string>;

constexpr std::array kParts = {Part{"orchestrator", ""}, Part{"data_generation", "data"},
                               Part{"trace_logger", "trace"}, Part{"knowledge_asset", "knowledge"}};

constexpr std::array kLater = {
    LaterSetting{"target", "target"},
    LaterSetting{"retry", "target"},
    LaterSetting{"trace.store", "trace"},
    LaterSetting{"trace.live", "trace"},
    LaterSetting{"trace.archive", "trace"},
    LaterSetting{"trace.every", "trace"},
    LaterSetting{"trace.sinks", "sinks"},
    LaterSetting{"knowledge.file", "knowledge"},
    LaterSetting{"knowledge.update", "knowledge"},
    LaterSetting{"knowledge.history", "knowledge"},
};

}  // namespace

const char* name_of(BlockKind kind) {
  return kind == BlockKind::kOverride ? "an override" : block_words()[static_cast<size_t>(kind)].c_str();
}

const Words& file_words() {
  static const Words kWords = {"ascender", "import", "extends"};
  return kWords;
}

const Words& block_words() {
  static const Words kWords = {"objective",    "design_space",   "dynamics",
                               "tuning_space", "infrastructure", "knowledge"};
  return kWords;
}

const Words& statement_words() {
  static const Words kWords = {"maximize",   "minimize", "expect", "subject_to", "verify", "derive",
                               "require",    "when",     "vary",   "hold",       "guard",  "stop",
                               "checkpoint", "on",       "fact",   "claim",      "rule"};
  return kWords;
}

const Words& clause_words() {
  static const Words kWords = {"as",    "default", "by",    "else", "within", "of",      "adjusting", "then",
                               "limit", "for",     "every", "keep", "from",   "because", "evidence",  "if"};
  return kWords;
}

const Words& operator_words() {
  static const Words kWords = {"and", "or", "not", "in", "mod"};
  return kWords;
}

bool contains(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

const Words& functions(Role role) {
  static const std::array<Words, 6> kFunctions = {
      Words{"mean",   "median",   "min",    "max",        "sum",     "count",  "std",    "quantile",
            "zscore", "abs",      "floor",  "ceil",       "sqrt",    "log",    "exp",    "lower",
            "upper",  "estimate", "effect", "supported",  "refuted", "passed", "failed", "inconclusive",
            "params", "flops",    "bytes",  "tile_bytes", "bitwise"},
      Words{"choice", "range", "uniform", "logrange", "normal", "permute", "generate"},
      Words{"grid", "factorial", "random", "sobol", "tpe"},
      Words{"asha", "median_stop", "none"},
      Words{"t_ci", "paired", "tost", "wilson", "sign_flip", "bootstrap", "replay"},
      Words{"rollback", "restore", "skip", "halve", "double", "set", "stop", "branch", "checkpoint", "sync",
            "exit", "add_seeds"}};
  return kFunctions[static_cast<size_t>(role)];
}

const Words& metric_roots() {
  static const Words kRoots = {"train", "eval", "test",  "mem",  "grad",
                               "wall",  "step", "probe", "data", "kernel"};
  return kRoots;
}

std::optional<Dimension> metric_dimension(std::string_view name) {
  if (name == "wall" || name == "train.wall" || name == "eval.wall") return Dimension::of(Base::kSeconds);
  if (name == "mem.peak") return Dimension::of(Base::kBytes);
  if (name == "train.loss" || name == "eval.loss" || name == "test.loss") return Dimension::of(Base::kNat);
  if (name == "step") return Dimension::of(Base::kSteps);
  if (name == "eval.exact_match" || name == "test.exact_match") return Dimension{};
  return std::nullopt;
}

std::span<const Part> infrastructure_parts() { return kParts; }
std::span<const LaterSetting> later_settings() { return kLater; }

}  // namespace ascender::spec
