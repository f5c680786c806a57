#include "ascender/train/run/run.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>

#include "ascender/base/clock.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/record/environment.h"
#include "ascender/record/trace.h"
#include "ascender/tile/roof.h"
#include "ascender/tile/target.h"
#include "ascender/train/run/state.h"

namespace ascender {
namespace {

constexpr int kDivergedAfter = 5;    // steps in a row whose loss or gradient is not finite
constexpr double kTellEveryS = 0.1;  // seconds between updates of the display

// The metrics of a step, by id, so that logging allocates nothing.
struct StepMetrics {
  MetricId loss, gradient_norm, lr, seconds, tokens_per_s;
  explicit StepMetrics(Trace& trace)
      : loss(trace.metric("train.loss")),
        gradient_norm(trace.metric("train.gradient_norm")),
        lr(trace.metric("optimizer.lr")),
        seconds(trace.metric("step.seconds", {}, Kind::kVolatile)),
        tokens_per_s(trace.metric("step.tokens_per_s", {}, Kind::kVolatile)) {}
};

class Run {
 public:
  Run(const RunFolder& folder, std::unique_ptr<Trainer> trainer, const RunOptions& options)
      : folder_(folder),
        options_(options),
        display_(*options.display),
        owned_(std::move(trainer)),
        trainer_(*owned_),
        checkpoints_(folder.checkpoints(), trainer_.config().int32("checkpoint.keep")),
        state_(trainer_, options.code_version) {}

  // Takes the newest good checkpoint, if there is any. Only then is anything deleted.
  void restore() {
    const std::optional<CheckpointMeta> found =
        state_.restore_newest(checkpoints_, [&](const Diagnostic& d) { display_.warn(render(d)); });
    if (!found && !checkpoints_.steps().empty()) {
      throw InputError("E0904", fmt::format("{} has no checkpoint that can be read", folder_.path().native()),
                       "nothing was changed; a new run begins anew");
    }
    if (found) {
      compare_origin(origin_of(*found));
      saved_ = found->step;
    } else {
      load_weights_again();
    }
    trace_.emplace(folder_.trace());
    note_session();
    checkpoints_.delete_after(trainer_.next_step());
    trace_->delete_after(trainer_.next_step());
    begun_with_ = state_.progress;
    proven_ = trainer_.next_step();
    const std::vector<std::string> newer = trainer_.config().absent_from(folder_.read_config());
    if (!newer.empty())
      display_.note(
          fmt::format("settings newer than the run keep their defaults: {}", fmt::join(newer, ", ")));
    display_.note(fmt::format("resuming at step {} of {}", trainer_.next_step(), trainer_.total_steps()));
  }

  RunOutcome execute() {
    begin_ = seconds_now();
    try {
      for (const std::string& note : trainer_.task().notes()) display_.note(note);
      if (!trace_) trace_.emplace(folder_.trace());
      metrics_.emplace(*trace_);
      return train();
    } catch (const EnvironmentError& failure) {
      return fail(failure.what());
    }
  }

 private:
  RunOutcome train() {
    RunStatus status = advance();
    display_.finish();
    if (trainer_.finished() && (lost_ > 0 || !trainer_.weights_are_finite())) status = RunStatus::kDiverged;
    if (status == RunStatus::kDone && !(evaluate(0) && answer_its_examples())) status = RunStatus::kStopped;
    if (status == RunStatus::kDiverged) checkpoints_.delete_after(proven_);
    checkpoints_.prune();
    return finish(status);
  }

  // Bits of two numerics versions are never mixed in a run. Those of two SIMD targets may be; it is said.
  void compare_origin(const std::optional<Origin>& then) {
    const Origin now = origin_here(options_.code_version);
    const std::optional<std::string> why = then ? difference(*then, now) : std::nullopt;
    if (!why) return;
    if (then->numerics_version != now.numerics_version) {
      throw InputError("E0935", fmt::format("the run cannot go on with this program: {}", *why),
                       "go on with the program that began it, or start a new run");
    }
    display_.warn(
        fmt::format("{}: from step {} on the bits are not those of a run on one of them; "
                    "ASCENDER_TARGET={} goes on as before",
                    *why, trainer_.next_step(), then->simd_target));
  }

  void note_session() {
    const Environment e = detect_environment();
    const Origin now = origin_here(options_.code_version);
    trace_->note(trainer_.next_step(), "resume",
                 fmt::format("on {}, {}, {} threads, numerics version {}, code {}", e.host, now.simd_target,
                             trainer_.num_threads(), now.numerics_version, now.code_version));
  }

  // The weights of `model.load`, of a run that ended before its first checkpoint.
  void load_weights_again() {
    const std::map<std::string, std::string> inputs = read_environment(folder_.environment()).inputs;
    const auto began_with = inputs.find("model.load");
    if (began_with != inputs.end() && began_with->second != trainer_.load_hash()) {
      throw InputError(
          "E0907",
          fmt::format("{} is not the file that the run began with", trainer_.config().text("model.load")),
          "give `model.load` its file back, or start a new run");
    }
    trainer_.load_weights();
  }

  // Trains to the last step, or to what ends the run before. A run that was stopped while it evaluated begins
  // with that evaluation.
  RunStatus advance() {
    if (trainer_.next_step() == 0) save();
    bool go_on = evaluate_if_due();
    while (go_on && !trainer_.finished()) {
      if (!train_step()) return RunStatus::kDiverged;
      go_on = evaluate_if_due() && (trainer_.finished() || !is_stopping());
      if (due("checkpoint.every") || trainer_.finished() || !go_on) save();
    }
    return go_on ? RunStatus::kDone : RunStatus::kStopped;
  }

  bool is_stopping() const { return options_.stop != nullptr && options_.stop->load() != 0; }

  bool due(const char* setting) const {
    const int64_t every = trainer_.config().integer(setting);
    return every > 0 && trainer_.next_step() > 0 && trainer_.next_step() % every == 0;
  }

  // False when a signal has stopped it.
  bool evaluate_if_due() {
    if (!due("eval.every") || trainer_.finished() || state_.progress.evaluated == trainer_.next_step())
      return true;
    return evaluate(trainer_.config().integer("eval.rows"));
  }

  // False when the run has diverged.
  bool train_step() {
    const double start = seconds_now();
    const int64_t step = trainer_.next_step() + 1;  // rows are named by the steps done
    const StepReport report = trainer_.step();
    const double seconds = seconds_now() - start;
    log(step, report, seconds);
    tell(step, report);
    if (report.finite) {
      lost_ = 0;
      proven_ = step - 1;
      if (std::exchange(unpruned_, false)) checkpoints_.prune();
      return true;
    }
    trace_->event(
        step, "nonfinite",
        fmt::format("loss {} gradient norm {}: weights left as they are", report.loss, report.gradient_norm));
    return ++lost_ < kDivergedAfter;
  }

  void log(int64_t step, const StepReport& report, double seconds) {
    trace_->log(step, metrics_->loss, report.loss);
    trace_->log(step, metrics_->gradient_norm, report.gradient_norm);
    trace_->log(step, metrics_->lr, report.lr);
    trace_->log(step, metrics_->seconds, seconds);
    trace_->log(step, metrics_->tokens_per_s, static_cast<double>(report.tokens) / seconds);
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
    Progress p{.step = step,
               .steps = trainer_.total_steps(),
               .loss = report.loss,
               .lr = report.lr,
               .tokens_per_s = tokens_ / elapsed,
               .percent_of_roof = {},
               .elapsed_s = elapsed,
               .left_s = rate * static_cast<double>(trainer_.total_steps() - step)};
    if (roof_) p.percent_of_roof = 100 * flops_ / elapsed / roof_->flops(trainer_.context().threads.count());
    display_.progress(p);
  }

  // False when a signal has stopped it; nothing is recorded then.
  bool evaluate(int64_t max_rows) {
    const auto found = trainer_.evaluate(max_rows, [&](int64_t done, int64_t total) {
      display_.evaluating(done, total);
      return done == total || !is_stopping();
    });
    display_.finish();
    if (!found) return false;
    state_.progress.evaluated = trainer_.next_step();
    measured_.clear();
    for (const Measurement& m : *found) {
      Labels labels{{"set", m.set}};
      if (!m.loops.empty()) labels["loops"] = m.loops;
      trace_->log(trainer_.next_step(), trace_->metric(m.metric, labels), m.value);
      measured_[m.name] = m.value;
    }
    const auto loss = measured_.find("eval.loss");
    if (loss != measured_.end()) {
      if (max_rows != 0 || !trainer_.finished())
        display_.note(fmt::format("step {}  eval.loss {:.4f}", trainer_.next_step(), loss->second));
    }
    keep_if_best(score_of(*found));
    return true;
  }

  void keep_if_best(std::optional<double> score) {
    if (!score || !(*score > state_.progress.best_score)) return;
    state_.progress.best_score = *score;
    if (save()) checkpoints_.mark_best(trainer_.next_step());
  }

  // Each token reads all before it again: n tokens cost about n^2 parameters. At most a few seconds' work.
  int64_t affordable_sample_tokens() {
    constexpr double kMultiplyAdds = 1e12;
    const auto parameters = static_cast<double>(trainer_.model().parameters().count());
    return std::max<int64_t>(16, static_cast<int64_t>(std::sqrt(kMultiplyAdds / parameters)));
  }

  // False when a signal has stopped it.
  bool answer_its_examples() {
    GenerateOptions options = generate_options_for(trainer_.task());
    options.max_tokens = std::min(trainer_.config().integer("sample.tokens"), affordable_sample_tokens());
    std::optional<PythonRandom> reference = trainer_.reference_random();
    if (reference) options.reference = &*reference;
    options.halt = make_eval_settings(trainer_.config()).rule;
    options.stop = [this] { return is_stopping(); };
    if (options.max_tokens == 0) return true;
    auto samples = trainer_.with_final_weights(
        [&] { return answer_examples(trainer_.model(), trainer_.task(), trainer_.tape(), options); });
    if (!samples) return false;
    samples_ = std::move(*samples);
    if (!samples_.empty()) write_samples(folder_.samples(), trainer_.next_step(), samples_);
    return true;
  }

  // Weights that the next step may show to be lost are written, but push out no older checkpoint before
  // (train_step). False when the weights are lost already.
  bool save() {
    if (saved_ == trainer_.next_step()) return true;
    if (lost_ > 0 || !trainer_.weights_are_finite()) return false;
    trace_->flush();
    state_.progress.wall_s = begun_with_.wall_s + seconds_now() - begin_;
    state_.progress.flops = begun_with_.flops + flops_;
    state_.save(checkpoints_);
    saved_ = trainer_.next_step();
    unpruned_ = true;
    return true;
  }

  RunOutcome finish(RunStatus status) {
    RunOutcome outcome = outcome_of(status);
    if (status == RunStatus::kDiverged) outcome.summary.reason = why_diverged();
    if (status == RunStatus::kStopped) outcome.summary.reason = "stopped by a signal";
    trace_->close();
    write_summary(folder_.summary(), outcome.summary);
    return outcome;
  }

  std::string why_diverged() const {
    const std::string what = lost_ > 0
                                 ? fmt::format("{} steps in a row had no finite loss or gradient", lost_)
                                 : "the weights are not finite";
    const std::vector<int64_t> kept = checkpoints_.steps();
    return kept.empty() ? what : fmt::format("{}; the last good checkpoint is of step {}", what, kept.back());
  }

  // The environment gave out (a full disk, most of all). What is committed stays; the summary says so where
  // it can.
  RunOutcome fail(const std::string& reason) {
    display_.finish();
    RunOutcome outcome = outcome_of(RunStatus::kFailed);
    outcome.summary.reason = reason;
    try {
      write_summary(folder_.summary(), outcome.summary);
    } catch (const EnvironmentError& failure) {
      display_.warn(fmt::format("the summary could not be written: {}", failure.what()));
    }
    return outcome;
  }

  RunOutcome outcome_of(RunStatus status) {
    RunOutcome outcome{status, {}, samples_};
    Summary& s = outcome.summary;
    s.status = status;
    s.steps = trainer_.next_step();
    s.wall_s = begun_with_.wall_s + seconds_now() - begin_;
    s.flops = begun_with_.flops + flops_;
    s.peak_bytes = peak_memory_bytes();
    s.weights_sha256 = trainer_.with_final_weights([&] { return trainer_.model().parameters().sha256(); });
    s.metrics = measured_;
    if (state_.progress.last_loss) s.metrics["train.loss"] = *state_.progress.last_loss;
    return outcome;
  }

  const RunFolder& folder_;
  const RunOptions& options_;
  Display& display_;
  std::unique_ptr<Trainer> owned_;
  Trainer& trainer_;
  std::optional<Trace> trace_;
  std::optional<StepMetrics> metrics_;
  CheckpointFolder checkpoints_;
  TrainingState state_;
  TrainingProgress begun_with_;
  std::map<std::string, double> measured_;
  std::vector<Sample> samples_;
  double begin_ = 0, tokens_ = 0, flops_ = 0, next_tell_ = 0;
  int64_t first_step_ = -1;
  int lost_ = 0;        // steps in a row without a finite loss
  int64_t proven_ = 0;  // the last step whose weights gave a finite loss
  std::optional<Roof> roof_ = roof();
  int64_t saved_ = -1;  // the step of the last checkpoint
  bool unpruned_ = false;
};

}  // namespace

RunStart run_start(const Trainer& trainer, const RunOptions& options) {
  Environment e = detect_environment();
  e.simd_target = name_of(simd_target());
  e.threads = trainer.num_threads();
  e.code_version = options.code_version;
  e.command_line = options.command_line;
  if (const std::string hash = trainer.load_hash(); !hash.empty()) e.inputs["model.load"] = hash;
  return {trainer.config().to_json(), std::move(e)};
}

RunOutcome start_run(const RunFolder& folder, std::unique_ptr<Trainer> trainer, const RunOptions& options) {
  return Run(folder, std::move(trainer), options).execute();
}

RunOutcome resume_run(const RunFolder& folder, std::unique_ptr<Trainer> trainer, const RunOptions& options) {
  Run run(folder, std::move(trainer), options);
  run.restore();
  return run.execute();
}

std::unique_ptr<Trainer> stored_trainer(const RunFolder& folder) {
  return std::make_unique<Trainer>(Config::from_json(training_schema(), folder.read_config()));
}

std::optional<RunOutcome> finished_run(const RunFolder& folder) {
  if (!std::filesystem::exists(folder.summary())) return std::nullopt;
  Summary summary = read_summary(folder.summary());
  if (summary.status != RunStatus::kDone) return std::nullopt;
  return RunOutcome{RunStatus::kDone, std::move(summary)};
}

}  // namespace ascender
