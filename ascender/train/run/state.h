// Between a training and its checkpoints: which tensors there are, what else is saved, and what must agree
// before a checkpoint is taken back.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "ascender/train/checkpoint/folder.h"
#include "ascender/train/checkpoint/snapshot.h"
#include "ascender/train/run/origin.h"
#include "ascender/train/trainer.h"

namespace ascender {

// What a run has come to so far, beside the weights; restored with them.
struct TrainingProgress {
  double wall_s = 0;
  double flops = 0;
  double best_score = -std::numeric_limits<double>::infinity();  // of all evaluations (score_of)
  std::optional<double> last_loss = {};
  int64_t evaluated = -1;  // the last step that was evaluated
};

class TrainingState {
 public:
  explicit TrainingState(Trainer& trainer, std::string code_version = "unknown");

  TrainingProgress progress;

  void save(CheckpointFolder& folder);
  // The newest good checkpoint; damaged ones are named to `warn` and passed over. Nothing when there is none.
  std::optional<CheckpointMeta> restore_newest(CheckpointFolder& folder,
                                               const std::function<void(const Diagnostic&)>& warn);
  // The checkpoint of exactly this step; InputError when it is damaged or missing.
  void restore(CheckpointFolder& folder, int64_t step);

  std::vector<Blob> blobs() const { return blobs_; }
  CheckpointMeta meta() const;
  // Sets step and progress; InputError when `meta` belongs to other data or another configuration.
  void accept(const CheckpointMeta& meta);

 private:
  std::string config_hash() const;
  void require_ours(const CheckpointMeta& meta) const;  // InputError when it is of other data or settings
  CheckpointMeta take(const std::filesystem::path& file);

  Trainer& trainer_;
  std::string code_version_;
  std::vector<Blob> blobs_;
};

// Who wrote a checkpoint; nothing where it does not say so.
std::optional<Origin> origin_of(const CheckpointMeta& meta);

}  // namespace ascender
