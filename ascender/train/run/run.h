// One training run in its folder: trains, logs, evaluates, writes checkpoints, and ends with a summary.
// Killed at any moment and resumed it gives the bytes of a run left alone; replay() proves it.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/base/diagnostic.h"
#include "ascender/record/run_folder.h"
#include "ascender/record/summary.h"
#include "ascender/train/generation/samples.h"
#include "ascender/train/run/display.h"
#include "ascender/train/trainer.h"

namespace ascender {

struct RunOptions {
  Display* display = nullptr;              // required
  const std::atomic<int>* stop = nullptr;  // non-zero: finish the step or the batch, write a checkpoint, stop
  std::vector<std::string> command_line;
  std::string code_version;
};

struct RunOutcome {
  RunStatus status = RunStatus::kDone;
  Summary summary;
  std::vector<Sample> samples = {};  // of a run that is done
};

// What the folder of a new run begins with (RunFolder::create). The trainer is made before the folder, so
// that settings or data that cannot be taken leave none behind.
RunStart run_start(const Trainer& trainer, const RunOptions& options);
RunOutcome start_run(const RunFolder& folder, std::unique_ptr<Trainer> trainer, const RunOptions& options);
// Goes on from the newest good checkpoint, or from the beginning where there is none. `folder` is from
// RunFolder::resume. A setting that a newer program has and the run's configuration lacks keeps its default,
// and a note says so. InputError when there are checkpoints and none can be read, or when the data or a
// setting changed; the run is then left as it is.
RunOutcome resume_run(const RunFolder& folder, std::unique_ptr<Trainer> trainer, const RunOptions& options);
// A trainer with the settings of a run.
std::unique_ptr<Trainer> stored_trainer(const RunFolder& folder);
// What a run that has done all its steps came to; nothing for one that can go on.
std::optional<RunOutcome> finished_run(const RunFolder& folder);

// Trains again from the checkpoint at `from` (the last at or before it; the oldest) to the next one, in
// memory, and compares weights, moments and the trace's deterministic columns with what the run recorded.
struct ReplayReport {
  int64_t from = 0, to = 0;
  std::optional<std::string> foreseen = {};   // why bytes may differ here: another target or version
  std::vector<std::string> differences = {};  // empty: every byte is the same
};
ReplayReport replay_run(const RunFolder& folder, std::optional<int64_t> from, const RunOptions& options);

// A trainer with the weights of a run's checkpoint, to ask it things.
struct LoadedRun {
  std::unique_ptr<Trainer> trainer;
  int64_t step = 0;
};
// `which`: `latest`, the newest good one, where `warn` hears of damaged ones that are passed over; `best`; or
// a step.
LoadedRun load_run(const RunFolder& folder, const std::function<void(const Diagnostic&)>& warn,
                   const std::string& which = "latest");

}  // namespace ascender
