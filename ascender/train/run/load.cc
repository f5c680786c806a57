#include <charconv>
#include <fmt/format.h>

#include "ascender/base/diagnostic.h"
#include "ascender/train/run/run.h"
#include "ascender/train/run/state.h"

namespace ascender {
namespace {

int64_t step_named(const std::string& text, const CheckpointFolder& checkpoints) {
  const std::string there =
      fmt::format("there are checkpoints at steps {}", fmt::join(checkpoints.steps(), ", "));
  if (text == "best") {
    if (const std::optional<int64_t> best = checkpoints.best_step()) return *best;
    throw InputError("E0908", "no checkpoint is marked as the best: the run was not evaluated", there);
  }
  int64_t step = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
  if (error != std::errc() || end != text.data() + text.size() || step < 0)
    throw InputError("E0908", fmt::format("`{}` is no checkpoint: say best, latest or a step", text), there);
  if (!std::filesystem::exists(checkpoints.file_of(step)))
    throw InputError("E0908", fmt::format("there is no checkpoint of step {}", step), there);
  return step;
}

}  // namespace

LoadedRun load_run(const RunFolder& folder, const std::function<void(const Diagnostic&)>& warn,
                   const std::string& which) {
  LoadedRun loaded{stored_trainer(folder), 0};
  CheckpointFolder checkpoints(folder.checkpoints(), 1 << 20);
  TrainingState state(*loaded.trainer);
  if (which != "latest") {
    state.restore(checkpoints, step_named(which, checkpoints));
  } else if (!state.restore_newest(checkpoints, warn)) {
    throw InputError("E0904", fmt::format("{} has no checkpoint that can be read", folder.path().native()));
  }
  loaded.step = loaded.trainer->next_step();
  return loaded;
}

}  // namespace ascender
