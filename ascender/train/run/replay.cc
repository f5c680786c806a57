#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <limits>

#include "ascender/base/clock.h"
#include "ascender/base/diagnostic.h"
#include "ascender/record/trace_reader.h"
#include "ascender/train/run/run.h"
#include "ascender/train/run/state.h"

namespace ascender {
namespace {

// A recorded metric by step, to hold a repetition against.
class RecordedCurve {
 public:
  RecordedCurve(const TraceReader& trace, const char* metric)
      : metric_(metric), points_(trace.curve(metric)) {}
  void compare(int64_t step, double now, ReplayReport& report) const {
    const auto at = std::ranges::find(points_, step, &TracePoint::step);
    const double then = at == points_.end() ? std::numeric_limits<double>::quiet_NaN() : at->value;
    if (at != points_.end() && std::bit_cast<uint64_t>(then) == std::bit_cast<uint64_t>(now)) return;
    report.differences.push_back(fmt::format("{} at step {}: {} then, {} now", metric_, step, then, now));
  }

 private:
  const char* metric_;
  std::vector<TracePoint> points_;
};

// The recorded tensors of step report.to against the live ones, byte for byte.
void compare_state(const TrainingState& state, CheckpointFolder& checkpoints, ReplayReport& report) {
  std::vector<Blob> recorded = state.blobs();
  std::vector<std::vector<std::byte>> memory(recorded.size());
  for (size_t i = 0; i < recorded.size(); ++i) {
    memory[i].resize(recorded[i].bytes.size());
    recorded[i].bytes = memory[i];
  }
  const CheckpointFolder::Found found = checkpoints.at(report.to);
  if (!found.file) throw InputError(found.warnings);
  read_checkpoint(*found.file, recorded);
  for (size_t i = 0; i < recorded.size(); ++i) {
    if (!std::ranges::equal(recorded[i].bytes, state.blobs()[i].bytes))
      report.differences.push_back(recorded[i].name);
  }
}

// From the last checkpoint at or before `from`, or the oldest, to the one after.
ReplayReport steps_to_replay(const std::vector<int64_t>& steps, std::optional<int64_t> from) {
  const std::string there = fmt::format("there are checkpoints at steps {}", fmt::join(steps, ", "));
  if (steps.empty()) throw InputError("E0908", "the run has no checkpoint");
  const auto after = from ? std::ranges::upper_bound(steps, *from) : steps.begin() + 1;
  if (after == steps.begin())
    throw InputError("E0908", fmt::format("no checkpoint at or before step {}", *from), there);
  if (after == steps.end())
    throw InputError("E0909", fmt::format("no checkpoint after step {} to compare with", *(after - 1)),
                     there);
  return {.from = *(after - 1), .to = *after};
}

}  // namespace

ReplayReport replay_run(const RunFolder& folder, std::optional<int64_t> from, const RunOptions& options) {
  const std::unique_ptr<Trainer> owned = stored_trainer(folder);
  Trainer& trainer = *owned;
  CheckpointFolder checkpoints(folder.checkpoints(), 1 << 20);
  TrainingState state(trainer);
  ReplayReport report = steps_to_replay(checkpoints.steps(), from);
  state.restore(checkpoints, report.from);
  if (const auto then = origin_of(read_meta(checkpoints.file_of(report.to))))
    report.foreseen = difference(*then, origin_here(options.code_version));
  if (report.foreseen) options.display->warn(*report.foreseen + ": the bits may differ");
  const TraceReader trace(folder.trace());
  const double begin = seconds_now();
  double tokens = 0;
  RecordedCurve loss(trace, "train.loss"), norm(trace, "train.gradient_norm");
  while (trainer.next_step() < report.to) {
    const int64_t step = trainer.next_step() + 1;
    const StepReport now = trainer.step();
    loss.compare(step, now.loss, report);
    norm.compare(step, now.gradient_norm, report);
    tokens += static_cast<double>(now.tokens);
    const double elapsed = seconds_now() - begin, done = static_cast<double>(step - report.from);
    options.display->progress({.step = step - report.from,
                               .steps = report.to - report.from,
                               .loss = now.loss,
                               .lr = now.lr,
                               .tokens_per_s = tokens / elapsed,
                               .percent_of_roof = {},
                               .elapsed_s = elapsed,
                               .left_s = elapsed / done * static_cast<double>(report.to - step)});
  }
  compare_state(state, checkpoints, report);
  return report;
}

}  // namespace ascender
