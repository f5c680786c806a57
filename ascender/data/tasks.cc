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
  schema.add({.path = "data.kind",
              .type = ValueType::kEnum,
              .fallback = std::string("addition"),
              .text = "what the model is trained on",
              .choices = names});
  schema.add({.path = "data.eval_seed",
              .type = ValueType::kInt,
              .fallback = int64_t{20},
              .text = "seed of the generated evaluation sets; apart from the training seed",
              .minimum = 0});
  schema.add({.path = "data.eval_examples",
              .type = ValueType::kInt,
              .fallback = int64_t{1000},
              .text = "rows of each generated evaluation set",
              .unit = Unit::kExamples,
              .minimum = 1,
              .maximum = 1e9});
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
