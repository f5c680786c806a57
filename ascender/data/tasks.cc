#include "ascender/data/tasks.h"

#include <string>
#include <vector>

#include "ascender/base/check.h"
#include "ascender/data/addition/addition_task.h"
#include "ascender/data/modular/modular_task.h"
#include "ascender/data/names_task.h"
#include "ascender/data/sequence/sequence_task.h"
#include "ascender/data/text_settings.h"
#include "ascender/data/text_task.h"

namespace ascender {
namespace {

constexpr TaskKind kKinds[] = {
    {"addition", describe_addition, make_addition}, {"text", nullptr, make_text},
    {"names", describe_names, make_names},          {"copy", describe_sequences, make_sequence<kCopyRule>},
    {"sort", nullptr, make_sequence<kSortRule>},    {"induction", nullptr, make_sequence<kInductionRule>},
    {"modular", describe_modular, make_modular},
};

}  // namespace

std::span<const TaskKind> task_kinds() { return kKinds; }

void describe_tasks(Schema& schema) {
  std::vector<std::string> names;
  for (const TaskKind& kind : kKinds) names.emplace_back(kind.name);
  schema.choice("data.kind", "addition", names, "what the model is trained on");
  schema.integer("data.eval_seed", 20, {0},
                 "seed of the generated evaluation sets; apart from the training seed");
  schema.integer("data.eval_examples", 1000, {1, 1e9}, "rows of each generated evaluation set",
                 Unit::kExamples);
  describe_text_settings(schema);
  for (const TaskKind& kind : kKinds) {
    if (kind.describe != nullptr) kind.describe(schema);
  }
}

std::unique_ptr<Task> make_task(const Config& config) {
  const std::string& name = config.text("data.kind");
  for (const TaskKind& kind : kKinds) {
    if (name == kind.name) return kind.make(config);
  }
  ASC_CHECK(false, "data.kind = {}", name);
}

}  // namespace ascender
