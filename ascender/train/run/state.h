// Between a training and its checkpoints: which tensors there are, what else is saved, and what must agree
// before a checkpoint is taken back.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "ascender/train/checkpoint/folder.h"
#include "ascender/train/checkpoint/snapshot.h"
#include "ascender/train/trainer.h"

namespace ascender {

// What a run has come to so far, beside the weights; restored with them.
struct TrainingProgress {
  double wall_s = 0;
  double flops = 0;
  double best_loss = std::numeric_limits<double>::infinity();
  double last_loss = 0;
  int64_t evaluated = -1;  // the last step that was evaluated
};

class TrainingState {
 public:
  explicit TrainingState(Trainer& trainer);

  TrainingProgress progress;

  void save(CheckpointFolder& folder, bool is_best);
  // The newest good checkpoint; damaged ones are named to `warn` and passed over. False when there is none.
  bool restore_newest(CheckpointFolder& folder, const std::function<void(const Diagnostic&)>& warn);
  // The checkpoint of exactly this step; InputError when it is damaged or missing.
  void restore(CheckpointFolder& folder, int64_t step);

  std::vector<Blob> blobs() const { return blobs_; }
  CheckpointMeta meta() const;
  // Sets step and progress; InputError when `meta` belongs to other data or another configuration.
  void accept(const CheckpointMeta& meta);

 private:
  std::string config_hash() const;
  void require_ours(const CheckpointMeta& meta) const;  // InputError when it is of other data or settings
  void take(const std::filesystem::path& file);

  Trainer& trainer_;
  std::vector<Blob> blobs_;
};

}  // namespace ascender
