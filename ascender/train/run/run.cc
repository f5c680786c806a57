#include "ascender/train/run/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "ascender/base/clock.h"
#include "ascender/base/diagnostic.h"
#include "ascender/record/environment.h"
#include "ascender/record/numerics_version.h"
#include "ascender/record/trace.h"
#include "ascender/record/trace_reader.h"
#include "ascender/tile/roof.h"
#include "ascender/tile/target.h"
#include "ascender/train/run/state.h"

namespace ascender {
namespace {

constexpr int kDivergedAfter = 5;        // steps in a row whose loss or gradient is not finite
constexpr double kTellEveryS = 0.1;      // seconds between updates of the display

// The metrics of a step, by id, so that logging allocates nothing.
struct StepMetrics {
  MetricId loss, gradient_norm, lr, seconds, tokens_per_s;
  explicit StepMetrics(Trace& trace)
      : loss(trace.metric("train.loss")), gradient_norm(trace.metric("train.gradient_norm")),
        lr(trace.metric("optimizer.lr")), seconds(trace.metric("step.seconds", {}, Kind::kVolatile)),
        tokens_per_s(trace.metric("step.tokens_per_s", {}, Kind::kVolatile)) {}
};

class Run {
 public:
  Run(const RunFolder& folder, const Config& config, const RunOptions& options)
      : folder_(folder), options_(options), display_(*options.display), trainer_(config), trace_(folder.trace()),
        metrics_(trace_), checkpoints_(folder.checkpoints(), config.int32("checkpoint.keep")), state_(trainer_) {}

  Trainer& trainer() { return trainer_; }

  // Takes the newest good checkpoint; false when there is none.
  bool restore() {
    const bool found = state_.restore_newest(checkpoints_, [&](const Diagnostic& d) { display_.warn(render(d)); });
    checkpoints_.delete_after(trainer_.next_step());
    trace_.delete_after(trainer_.next_step());
    begun_with_ = state_.progress;
    return found;
  }

  RunOutcome execute() {
    begin_ = seconds_now();
    RunStatus status = RunStatus::kDone;
    int lost = 0;
    if (trainer_.next_step() == 0) save();
    while (!trainer_.finished()) {
      if (!train_step(lost)) {
        status = RunStatus::kDiverged;
        break;
      }
      const bool evaluates = due("eval.every") && !trainer_.finished();
      if (evaluates) evaluate(trainer_.config().integer("eval.rows"));
      if (lost == 0 && (due("checkpoint.every") || trainer_.finished())) save();
      if (options_.stop != nullptr && options_.stop->load() != 0 && !trainer_.finished()) {
        if (lost == 0) save();
        status = RunStatus::kStopped;
        break;
      }
    }
    display_.finish();
    if (status == RunStatus::kDone) evaluate(0);
    return finish(status);
  }

 private:
  bool due(const char* setting) const {
    const int64_t every = trainer_.config().integer(setting);
    return every > 0 && trainer_.next_step() % every == 0;
  }

  // False when the run has diverged.
  bool train_step(int& lost) {
    const double start = seconds_now();
    const int64_t step = trainer_.next_step() + 1;  // rows are named by the steps done
    const StepReport report = trainer_.step();
    const double seconds = seconds_now() - start;
    log(step, report, seconds);
    tell(step, report);
    if (report.finite) {
      lost = 0;
      return true;
    }
    trace_.event(step, "nonfinite", fmt::format("loss {} gradient norm {}: weights left as they are", report.loss, report.gradient_norm));
    return ++lost < kDivergedAfter;
  }

  void log(int64_t step, const StepReport& report, double seconds) {
    trace_.log(step, metrics_.loss, report.loss);
    trace_.log(step, metrics_.gradient_norm, report.gradient_norm);
    trace_.log(step, metrics_.lr, report.lr);
    trace_.log(step, metrics_.seconds, seconds);
    trace_.log(step, metrics_.tokens_per_s, static_cast<double>(report.tokens) / seconds);
    if (report.finite) state_.progress.last_loss = report.loss;
    tokens_ += static_cast<double>(report.tokens);
    flops_ += report.flops;
  }

  void tell(int64_t step, const StepReport& report) {
    const double now = seconds_now();
    if (now < next_tell_ && !trainer_.finished()) return;
    const double elapsed = now - begin_;
    if (first_step_ < 0) first_step_ = step - 1;
    next_tell_ = now + kTellEveryS;
    const double rate = elapsed / static_cast<double>(std::max<int64_t>(step - first_step_, 1));
    Progress p{.step = step, .steps = trainer_.total_steps(), .loss = report.loss, .lr = report.lr,
               .tokens_per_s = tokens_ / elapsed, .percent_of_roof = {}, .elapsed_s = elapsed,
               .left_s = rate * static_cast<double>(trainer_.total_steps() - step)};
    if (roof_) p.percent_of_roof = 100 * flops_ / elapsed / roof_->flops(trainer_.context().threads.count());
    display_.progress(p);
  }

  void evaluate(int64_t max_rows) {
    const std::vector<Measurement> found =
        trainer_.evaluate(max_rows, [&](int64_t done, int64_t total) { display_.evaluating(done, total); });
    display_.finish();
    measured_.clear();
    for (const Measurement& m : found) {
      Labels labels{{"set", m.set}};
      if (!m.loops.empty()) labels["loops"] = m.loops;
      trace_.log(trainer_.next_step(), trace_.metric(m.metric, labels), m.value);
      measured_[m.name] = m.value;
    }
    const auto loss = measured_.find("eval.loss");
    if (loss != measured_.end()) {
      if (max_rows != 0 || !trainer_.finished()) display_.note(fmt::format("step {}  eval.loss {:.4f}", trainer_.next_step(), loss->second));
      if (loss->second < state_.progress.best_loss) {
        state_.progress.best_loss = loss->second;
        is_best_ = true;
      }
    }
  }

  void save() {
    trace_.flush();
    state_.progress.wall_s = begun_with_.wall_s + seconds_now() - begin_;
    state_.progress.flops = begun_with_.flops + flops_;
    state_.save(checkpoints_, is_best_);
    is_best_ = false;
  }

  RunOutcome finish(RunStatus status) {
    RunOutcome outcome{status, {}};
    Summary& s = outcome.summary;
    s.status = status;
    s.steps = trainer_.next_step();
    s.wall_s = begun_with_.wall_s + seconds_now() - begin_;
    s.flops = begun_with_.flops + flops_;
    s.peak_bytes = peak_memory_bytes();
    s.weights_sha256 = trainer_.with_final_weights([&] { return trainer_.model().parameters().sha256(); });
    s.metrics = measured_;
    s.metrics["train.loss"] = state_.progress.last_loss;
    if (status == RunStatus::kDiverged) s.reason = fmt::format("{} steps in a row had no finite loss or gradient", kDivergedAfter);
    if (status == RunStatus::kStopped) s.reason = "stopped by a signal";
    trace_.close();
    write_summary(folder_.summary(), s);
    return outcome;
  }

  const RunFolder& folder_;
  const RunOptions& options_;
  Display& display_;
  Trainer trainer_;
  Trace trace_;
  StepMetrics metrics_;
  CheckpointFolder checkpoints_;
  TrainingState state_;
  TrainingProgress begun_with_;
  std::map<std::string, double> measured_;
  double begin_ = 0, tokens_ = 0, flops_ = 0, next_tell_ = 0;
  int64_t first_step_ = -1;
  std::optional<Roof> roof_ = roof();
  bool is_best_ = false;
};

void describe_machine(const RunFolder& folder, const Config& config, const RunOptions& options) {
  Environment e = detect_environment();
  e.simd_target = name_of(simd_target());
  e.threads = config.int32("threads");
  e.command_line = options.command_line;
  write_environment(folder.environment(), e);
}

// A recorded metric by step, to hold a repetition against.
class RecordedCurve {
 public:
  RecordedCurve(const TraceReader& trace, const char* metric) : metric_(metric), points_(trace.curve(metric)) {}
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
    if (!std::ranges::equal(recorded[i].bytes, state.blobs()[i].bytes)) report.differences.push_back(recorded[i].name);
  }
}

Config stored_config(const RunFolder& folder) { return Config::from_json(training_schema(), folder.read_config()); }

}  // namespace

RunOutcome start_run(const RunFolder& folder, const Config& config, const RunOptions& options) {
  folder.write_config(config.to_json());
  describe_machine(folder, config, options);
  return Run(folder, config, options).execute();
}

RunOutcome resume_run(const RunFolder& folder, const RunOptions& options) {
  const Config config = stored_config(folder);
  Run run(folder, config, options);
  run.restore();
  options.display->note(fmt::format("resuming at step {} of {}", run.trainer().next_step(), run.trainer().total_steps()));
  return run.execute();
}

ReplayReport replay_run(const RunFolder& folder, int64_t from, const RunOptions& options) {
  Trainer trainer(stored_config(folder));
  CheckpointFolder checkpoints(folder.checkpoints(), 1 << 20);
  TrainingState state(trainer);
  const std::vector<int64_t> steps = checkpoints.steps();
  const auto after = std::ranges::upper_bound(steps, from);
  if (after == steps.begin()) throw InputError("E0908", fmt::format("no checkpoint at or before step {}", from));
  if (after == steps.end()) throw InputError("E0909", fmt::format("no checkpoint after step {} to compare with", from));
  ReplayReport report{*(after - 1), *after, {}};
  state.restore(checkpoints, report.from);
  const TraceReader trace(folder.trace());
  RecordedCurve loss(trace, "train.loss"), norm(trace, "train.gradient_norm");
  while (trainer.next_step() < report.to) {
    const int64_t step = trainer.next_step() + 1;
    const StepReport now = trainer.step();
    loss.compare(step, now.loss, report);
    norm.compare(step, now.gradient_norm, report);
    Progress p;
    p.step = step - report.from;
    p.steps = report.to - report.from;
    p.loss = now.loss;
    options.display->progress(p);
  }
  compare_state(state, checkpoints, report);
  return report;
}

LoadedRun load_run(const RunFolder& folder) {
  LoadedRun loaded{std::make_unique<Trainer>(stored_config(folder)), 0};
  CheckpointFolder checkpoints(folder.checkpoints(), 1 << 20);
  TrainingState state(*loaded.trainer);
  if (!state.restore_newest(checkpoints, [](const Diagnostic&) {})) {
    throw InputError("E0904", fmt::format("{} has no checkpoint that can be read", folder.path().native()));
  }
  loaded.step = loaded.trainer->next_step();
  return loaded;
}

}  // namespace ascender
