// What a run stores of its model at work: the task's examples, answered, in samples/step_STEP.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ascender/train/generation/generate.h"

namespace ascender {

struct Sample {
  std::string prompt;
  uint64_t seed = 1;
  std::string text;     // the model's answer
  std::string written;  // both, as a person reads them
};

// An answer to each of the task's examples, the first drawn with options.seed, the next with the one after;
// nothing when options.stop has ended it.
std::optional<std::vector<Sample>> answer_examples(Model& model, const Task& task, Tape& tape,
                                                   GenerateOptions options);

// Text that is no UTF-8 has U+FFFD in its place.
void write_samples(const std::filesystem::path& folder, int64_t step, const std::vector<Sample>& samples);

}  // namespace ascender
