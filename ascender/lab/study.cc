#include "ascender/lab/study.h"

#include <fmt/format.h>

#include "ascender/base/error.h"
#include "ascender/record/checked_json.h"

namespace ascender {
namespace {

// The trial's run, started, resumed or, when it is finished, as it is.
Summary run_trial(const std::filesystem::path& path, const Trial& trial, const RunOptions& options) {
  if (never_began(path)) std::filesystem::remove_all(path);
  if (!holds_run(path)) {
    std::unique_ptr<Trainer> trainer = make_trainer(trial);
    const RunFolder folder = RunFolder::create(path, run_start(*trainer, options));
    return start_run(folder, std::move(trainer), options).summary;
  }
  const RunFolder folder = RunFolder::resume(path);
  if (std::filesystem::exists(folder.summary())) {
    Summary summary = read_summary(folder.summary());
    if (summary.status == RunStatus::kDone || summary.status == RunStatus::kDiverged) return summary;
  }
  return resume_run(folder, stored_trainer(folder), options).summary;
}

StudyOutcome execute(const std::filesystem::path& folder, const Plan& plan, const RunOptions& options) {
  StudyOutcome outcome;
  outcome.table.name = plan.name;
  size_t index = 0;
  for (const Trial& trial : plan.trials) {
    if (options.stop != nullptr && options.stop->load() != 0) {
      outcome.status = RunStatus::kStopped;
      return outcome;
    }
    options.display->note(
        fmt::format("trial {} of {}: {}, seed {}", ++index, plan.trials.size(), trial.arm, trial.seed));
    const Summary summary = run_trial(folder / trial.folder, trial, options);
    outcome.table.runs.push_back({trial.arm, trial.seed, trial.folder, summary});
    write_study(folder / "summary.json", outcome.table);
    if (summary.status != RunStatus::kDone) outcome.status = summary.status;
    if (summary.status == RunStatus::kStopped || summary.status == RunStatus::kFailed) return outcome;
  }
  return outcome;
}

}  // namespace

StudyOutcome start_study(const std::filesystem::path& folder, const Plan& plan, const RunOptions& options) {
  if (std::filesystem::exists(folder)) {
    throw InputError("E0901", fmt::format("{} exists already", folder.native()),
                     "name another folder with --run, or resume it");
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw EnvironmentError(fmt::format("mkdir {}: {}", folder.native(), error.message()));
  write_checked_json(folder / "plan.json", to_json(plan));
  return execute(folder, plan, options);
}

StudyOutcome resume_study(const std::filesystem::path& folder, const RunOptions& options) {
  return execute(folder, plan_from_json(read_checked_json(folder / "plan.json")->text), options);
}

}  // namespace ascender
