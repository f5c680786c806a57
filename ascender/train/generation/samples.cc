#include "ascender/train/generation/samples.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "ascender/record/checked_json.h"

namespace ascender {

std::optional<std::vector<Sample>> answer_examples(Model& model, const Task& task, Tape& tape,
                                                   GenerateOptions options) {
  std::vector<Sample> samples;
  for (const std::string& prompt : task.examples()) {
    std::string text = generate_text(model, task, tape, prompt, options);
    if (options.stop && options.stop()) return std::nullopt;
    std::string written = written_with_verdict(task, prompt, text);
    samples.push_back({prompt, options.seed++, std::move(text), std::move(written)});
  }
  return samples;
}

void write_samples(const std::filesystem::path& folder, int64_t step, const std::vector<Sample>& samples) {
  nlohmann::ordered_json json{{"step", step}, {"samples", nlohmann::ordered_json::array()}};
  for (const Sample& s : samples)
    json["samples"].push_back({{"prompt", s.prompt}, {"seed", s.seed}, {"text", s.text}});
  write_checked_json(folder / fmt::format("step_{}.json", step),
                     json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace ascender
