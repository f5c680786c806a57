#include "apps/ascender/result.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "ascender/report/exact_match.h"
#include "ascender/report/runs.h"
#include "ascender/train/generation/generate.h"
#include "ascender/train/generation/show_addition.h"

namespace ascender {
namespace {

// Each ripples: a long carry at 12 digits, one at 28, one without any.
constexpr const char* kSums[] = {"123456789012+987654321098", "999999999999+1",
                                 "1234567890123456789012345678+8765432109876543210987654322",
                                 "1111111111111111111111111111+2222222222222222222222222222"};
constexpr int kSampleTokens = 300;

// `of` is a JSON object whose members follow.
void print_line(const char* kind, const std::filesystem::path& folder, RunStatus status,
                const std::string& of) {
  nlohmann::ordered_json line{
      {"event", "result"}, {"kind", kind}, {"folder", folder.native()}, {"status", name_of(status)}};
  line.update(nlohmann::ordered_json::parse(of));
  fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

void print_warning(const Diagnostic& warning) {
  std::fputs(render(warning, ::isatty(STDERR_FILENO) != 0).c_str(), stderr);
}

void print_result(Display& display, const RunFolder& folder, const RunOutcome& outcome) {
  const Summary& s = outcome.summary;
  const std::string tables = exact_match_tables(s.metrics, terminal_style());
  if (!tables.empty()) {
    display.note("exact match in %, uniform / carry-heavy operands, by digits and loops at test time");
    display.note(tables);
    display.note(
        "The position codes tell the model which digits are aligned: side information, given at every "
        "length.");
  }
  for (const auto& [name, value] : s.metrics) {
    if (name.rfind("eval.exact_match", 0) != 0 && name.rfind("eval.loops", 0) != 0)
      display.note(fmt::format("{} {:.4f}", name, value));
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

void demonstrate(const RunFolder& folder) {
  const LoadedRun loaded = load_run(folder, print_warning);
  Trainer& trainer = *loaded.trainer;
  const bool color = ::isatty(STDOUT_FILENO) != 0;
  trainer.with_final_weights([&] {
    if (trainer.config().text("data.kind") == "addition") {
      HaltRule rule = make_eval_settings(trainer.config()).rule;
      const int loops = trainer.model().max_training_loops() > 1 ? rule.max_loops : 1;
      for (const char* sum : kSums) {
        fmt::print("\n");
        show_addition(trainer.model(), trainer.task(), trainer.tape(), sum, loops, rule, stdout, color);
      }
      fmt::print("\nask it yourself: ascender generate {} \"123+456\"\n", folder.path().native());
      return;
    }
    GenerateOptions options = generate_options_for(trainer.task());
    options.max_tokens = kSampleTokens;
    fmt::print("\na sample:\n{}\n",
               generate_text(trainer.model(), trainer.task(), trainer.tape(), "", options));
  });
}

}  // namespace ascender
