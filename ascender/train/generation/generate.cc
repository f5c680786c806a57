#include "ascender/train/generation/generate.h"

#include <algorithm>
#include <fmt/core.h>

#include "ascender/train/generation/answer.h"

namespace ascender {

GenerateOptions generate_options_for(const Task& task) {
  const bool has_right_answers = std::ranges::any_of(
      task.eval_sets(), [](const EvalSet& set) { return set.measure == Measure::kExactMatch; });
  GenerateOptions options;
  if (!has_right_answers) options.sampling = {.temperature = 0.8, .top_k = 200};
  if (task.reference_random()) options.sampling = {.temperature = 0.5};
  return options;
}

namespace {

// The class that follows: from the stream of a reference program, or by (seed, position).
class NextClass {
 public:
  explicit NextClass(const GenerateOptions& options)
      : options_(options), sampler_(options.sampling, options.seed) {}

  int32_t draw(const Tensor& logits, uint64_t position) {
    if (options_.reference == nullptr) return sampler_.draw(logits, 0, position);
    sampling_distribution(logits, 0, options_.sampling, p_);
    return static_cast<int32_t>(options_.reference->choice(p_));
  }

 private:
  const GenerateOptions& options_;
  Sampler sampler_;
  std::vector<double> p_;
};

}  // namespace

std::string generate_text(Model& model, const Task& task, Tape& tape, std::string_view prompt,
                          const GenerateOptions& options) {
  Prompt asked(task, prompt);
  if (asked.all_at_once()) return task.answer(think(model, tape, asked, options.halt).kept);
  NextClass next(options);
  std::vector<int32_t> predicted;
  for (int64_t i = 0; i < options.max_tokens && !(options.stop && options.stop()); ++i) {
    Thoughts thoughts = think(model, tape, asked, options.halt);
    const Tensor logits(thoughts.logits.data(), DType::kF64, {1, std::ssize(thoughts.logits)});
    predicted.push_back(next.draw(logits, static_cast<uint64_t>(i)));
    if (asked.extend(task, predicted.back()) == Extension::kComplete) break;
  }
  return predicted.empty() ? "" : task.answer(predicted);
}

std::string written_with_verdict(const Task& task, std::string_view question, std::string_view answer) {
  const std::optional<std::string> right = task.solve(question);
  const std::string text = task.written(question, answer);
  if (!right) return text;
  return text + (*right == answer ? "   right" : fmt::format("   wrong: it is {}", *right));
}

}  // namespace ascender
