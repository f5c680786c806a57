#include "apps/ascender/result.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "ascender/report/exact_match.h"
#include "ascender/report/runs.h"
#include "ascender/train/generation/generate.h"
#include "ascender/train/generation/show_addition.h"

namespace ascender {
namespace {

// `of` is a JSON object whose members follow.
void print_line(const char* kind, const std::filesystem::path& folder, RunStatus status,
                const std::string& of) {
  nlohmann::ordered_json line{
      {"event", "result"}, {"kind", kind}, {"folder", folder.native()}, {"status", name_of(status)}};
  line.update(nlohmann::ordered_json::parse(of));
  fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Config config_of(const RunFolder& folder) {
  return Config::from_json(training_schema(), folder.read_config());
}

bool has_position_codes(const Config& config) {
  return config.text("model.kind") == "looplm" && config.text("model.code") != "none";
}

bool is_addition(const Config& config) { return config.text("data.kind") == "addition"; }

void show_sums(const RunFolder& folder, const std::vector<Sample>& sums) {
  const LoadedRun loaded = load_run(folder, print_warning);
  Trainer& trainer = *loaded.trainer;
  const int loops = make_eval_settings(trainer.config()).rule.max_loops;
  trainer.with_final_weights([&] {
    for (const Sample& sum : sums) {
      fmt::print("\n");
      ask(trainer, sum.prompt, loops, {});
    }
  });
}

}  // namespace

void add_checkpoint_option(CLI::App& command, std::optional<std::string>& which) {
  command.add_option("--checkpoint", which, "Which checkpoint: best, latest (the default) or a step");
}

void print_warning(const Diagnostic& warning) {
  std::fputs(render(warning, ::isatty(STDERR_FILENO) != 0).c_str(), stderr);
}

void print_result(Display& display, const RunFolder& folder, const RunOutcome& outcome) {
  const Summary& s = outcome.summary;
  const std::string tables = exact_match_tables(s.metrics, terminal_style());
  if (!tables.empty()) display.note(tables);
  if (has_position_codes(config_of(folder))) {
    display.note(
        "The position codes tell the model which digits are aligned: side information, given at every "
        "length.");
  }
  for (const auto& [name, value] : s.metrics) {
    if (!parse_exact_match(name)) display.note(fmt::format("{} {:.4f}", name, value));
  }
  display.note(fmt::format("{}: {} steps in {}, {:.3g} TFLOP, peak {:.0f} MiB, weights {}", name_of(s.status),
                           s.steps, format_duration(s.wall_s), s.flops / 1e12,
                           static_cast<double>(s.peak_bytes) / (1 << 20), s.weights_sha256.substr(0, 12)));
  if (s.status == RunStatus::kDiverged || s.status == RunStatus::kFailed)
    display.warn(s.reason);
  else if (!s.reason.empty())
    display.note(s.reason);
  display.note(fmt::format("recorded in {}", folder.path().native()));
}

void print_study(Display& display, const Study& study, const std::filesystem::path& folder) {
  display.note(study_text(study, terminal_style()));
  display.note(fmt::format("table in {}", (folder / "summary.json").native()));
}

void print_result_line(const RunFolder& folder, const RunOutcome& outcome) {
  print_line("run", folder.path(), outcome.status, json_of(outcome.summary));
}

void print_study_line(const StudyOutcome& outcome, const std::filesystem::path& folder) {
  print_line("study", folder, outcome.status, json_of(outcome.table));
}

void ask(Trainer& trainer, const std::string& question, int loops, const GenerateOptions& options) {
  Model& model = trainer.model();
  if (is_addition(trainer.config())) {
    HaltRule rule = make_eval_settings(trainer.config()).rule;
    rule.max_loops = loops;
    show_addition(model, trainer.task(), trainer.tape(), question, model.max_training_loops() > 1 ? loops : 1,
                  rule, stdout, ::isatty(STDOUT_FILENO) != 0);
    return;
  }
  const std::string answer = generate_text(model, trainer.task(), trainer.tape(), question, options);
  fmt::print("{}\n", written_with_verdict(trainer.task(), question, answer));
}

void demonstrate(Display& display, const RunFolder& folder, const RunOutcome& outcome) {
  if (outcome.samples.empty()) return;
  try {
    if (is_addition(config_of(folder))) {
      show_sums(folder, outcome.samples);
    } else {
      const size_t count = outcome.samples.size();
      if (outcome.samples.front().prompt.empty()) fmt::print("\n{}:\n", count == 1 ? "a sample" : "samples");
      for (const Sample& sample : outcome.samples)
        fmt::print("{}{}\n", sample.prompt.empty() ? "" : "\n", sample.written);
    }
    fmt::print("\nask it yourself: ascender generate {} \"{}\"\n", folder.path().native(),
               outcome.samples.front().prompt);
  } catch (const std::exception& failure) {
    display.warn(fmt::format("the run is done, but cannot be shown at work: {}", failure.what()));
  }
}

}  // namespace ascender
