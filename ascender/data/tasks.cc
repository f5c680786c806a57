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
    {"addition", describe_addition, make_addition},
    {"text", describe_tokenizer, make_text},
    {"names", describe_names, make_names},
    {"copy", describe_sequences, make_sequence<kCopyRule>},
    {"sort", describe_sequences, make_sequence<kSortRule>},
    {"induction", describe_sequences, make_sequence<kInductionRule>},
    {"modular", describe_modular, make_modular},
};

// The kinds that have these settings, in order.
std::vector<std::string> described_by(void (*describe)(Schema&)) {
  std::vector<std::string> names;
  for (const TaskKind& kind : kKinds) {
    if (kind.describe == describe) names.emplace_back(kind.name);
  }
  return names;
}

}  // namespace

std::span<const TaskKind> task_kinds() { return kKinds; }

void describe_tasks(Schema& schema) {
  std::vector<std::string> names;
  for (const TaskKind& kind : kKinds) names.emplace_back(kind.name);
  schema.choice("data.kind", "addition", names, "What the model is trained on.");
  schema.where("data.kind", {"addition", "copy", "sort", "induction"}, [](Schema& s) {
    s.integer("data.eval_seed", 20, {0},
              "Seed of the generated evaluation sets; apart from the training seed.");
    s.integer("data.eval_examples", 1000, {1, 1e9}, "Rows of each generated evaluation set.",
              Unit::kExamples);
  });
  schema.where("data.kind", {"text", "names"}, describe_text_files);
  for (const TaskKind& kind : kKinds) {
    const std::vector<std::string> readers = described_by(kind.describe);
    if (readers.front() == kind.name) schema.where("data.kind", readers, kind.describe);
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
