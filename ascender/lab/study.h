// Executes a plan: trials in order, each a run in DIR/<arm>/seed-<n>, and DIR/summary.json as their table.
// Finished trials are kept, a trial that was cut off goes on from its checkpoint.
#pragma once

#include <filesystem>
#include <functional>

#include "ascender/lab/plan.h"
#include "ascender/record/summary.h"
#include "ascender/train/run/run.h"

namespace ascender {

struct StudyOutcome {
  RunStatus status = RunStatus::kDone;  // the worst of the trials, or stopped
  Study table;
};

// A new study in `folder` (which must not exist), or the rest of one. A study ends at a trial that is stopped
// or that the environment fails; it can be resumed.
StudyOutcome start_study(const std::filesystem::path& folder, const Plan& plan, const RunOptions& options);
StudyOutcome resume_study(const std::filesystem::path& folder, const RunOptions& options);

}  // namespace ascender
