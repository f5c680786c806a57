#include "ascender/train/generation/generate.h"

#include <algorithm>

#include "ascender/train/generation/answer.h"

namespace ascender {

GenerateOptions generate_options_for(const Task& task) {
  const bool has_right_answers = std::ranges::any_of(
      task.eval_sets(), [](const EvalSet& set) { return set.measure == Measure::kExactMatch; });
  GenerateOptions options;
  if (!has_right_answers) options.sampling = {.temperature = 0.8, .top_k = 200};
  return options;
}

std::string generate_text(Model& model, const Task& task, Tape& tape, std::string_view prompt,
                          const GenerateOptions& options) {
  Prompt asked(task, prompt);
  if (asked.all_at_once()) return task.answer(think(model, tape, asked, options.halt).kept);
  Sampler sampler(options.sampling, options.seed);
  std::vector<int32_t> predicted;
  for (int64_t i = 0; i < options.max_tokens; ++i) {
    Thoughts thoughts = think(model, tape, asked, options.halt);
    const Tensor logits(thoughts.logits.data(), DType::kF64, {1, std::ssize(thoughts.logits)});
    predicted.push_back(sampler.draw(logits, 0, static_cast<uint64_t>(i)));
    if (asked.extend(task, predicted.back()) == Extension::kComplete) break;
  }
  return task.answer(predicted);
}

}  // namespace ascender
