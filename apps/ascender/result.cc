#include "apps/ascender/result.h"

#include <fmt/format.h>

namespace ascender {

void print_result(Display& display, const RunFolder& folder, const RunOutcome& outcome) {
  const Summary& s = outcome.summary;
  display.note(fmt::format("{}: {} steps in {}, {:.3g} TFLOP, peak {:.0f} MiB, weights {}", name_of(s.status), s.steps,
                           format_duration(s.wall_s), s.flops / 1e12, static_cast<double>(s.peak_bytes) / (1 << 20),
                           s.weights_sha256.substr(0, 12)));
  for (const auto& [name, value] : s.metrics) display.note(fmt::format("  {:<44} {:.4f}", name, value));
  display.note(fmt::format("recorded in {}", folder.path().native()));
}

void print_study(Display& display, const Study& study, const std::filesystem::path& folder) {
  for (const StudyRun& r : study.runs) {
    display.note(fmt::format("{} seed {}: {} after {} steps", r.arm, r.seed, name_of(r.status), r.steps));
  }
  display.note(fmt::format("table in {}", (folder / "summary.json").native()));
}

}  // namespace ascender
