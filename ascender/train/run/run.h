// One training run in its folder: trains, logs, evaluates, writes checkpoints, and ends with a summary. Killed at any
// moment and resumed it gives the bytes of a run left alone; replay() proves it.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/record/run_folder.h"
#include "ascender/record/summary.h"
#include "ascender/train/run/display.h"
#include "ascender/train/trainer.h"

namespace ascender {

struct RunOptions {
  Display* display = nullptr;                  // required
  const std::atomic<int>* stop = nullptr;      // non-zero: finish the step, write a checkpoint, stop
  std::vector<std::string> command_line;
};

struct RunOutcome {
  RunStatus status = RunStatus::kDone;
  Summary summary;
};

// A new run in `folder`, which RunFolder::create made.
RunOutcome start_run(const RunFolder& folder, const Config& config, const RunOptions& options);
// Goes on from the newest good checkpoint; a finished run is left as it is. `folder` is from RunFolder::resume.
RunOutcome resume_run(const RunFolder& folder, const RunOptions& options);

// Trains again from the checkpoint at `from` (the last at or before it) to the next one, or to the end, in memory, and
// compares weights, moments and the trace's deterministic columns with what the run recorded.
struct ReplayReport {
  int64_t from = 0, to = 0;
  std::vector<std::string> differences;  // empty: every byte is the same
};
ReplayReport replay_run(const RunFolder& folder, int64_t from, const RunOptions& options);

// A trainer with the weights of the run's newest good checkpoint (or its best), to ask it things.
struct LoadedRun {
  std::unique_ptr<Trainer> trainer;
  int64_t step = 0;
};
LoadedRun load_run(const RunFolder& folder);

}  // namespace ascender
