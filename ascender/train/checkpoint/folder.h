// The checkpoints of a run: cp_STEP.ptz, the last N good ones and the best. The file `best` names the best
// one. One process writes (it holds the run's lock); others may read at any time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ascender/base/diagnostic.h"
#include "ascender/train/checkpoint/checkpoint.h"

namespace ascender {

class CheckpointFolder {
 public:
  // Touches nothing. REQUIRES: keep >= 1.
  CheckpointFolder(std::filesystem::path folder, int64_t keep);

  struct Saved {
    std::filesystem::path file;
    size_t bytes = 0;
  };
  // Writes cp_STEP.ptz and reads it back; removes none. EnvironmentError when the disk refuses or returns
  // other bytes than it was given.
  Saved save(const CheckpointMeta& meta, std::span<const Blob> blobs);
  // REQUIRES: there is a checkpoint of `step`.
  void mark_best(int64_t step);

  struct Found {
    std::optional<std::filesystem::path> file;  // none: no good checkpoint
    int64_t step = 0;
    std::vector<Diagnostic> warnings;  // a damaged file each, that was passed over
  };
  Found newest();          // the newest of which every checksum holds
  Found at(int64_t step);  // that of `step`
  Found best();            // the one marked as best

  std::optional<int64_t> best_step() const;  // that is marked
  std::vector<int64_t> steps() const;        // of all files, good or not, ascending
  std::filesystem::path file_of(int64_t step) const;

  // Removes what need not be kept: the last `keep` good ones and the best stay. Not part of save(), since a
  // new checkpoint is worth an older one only once training is seen to go on from it.
  void prune();
  // Removes the checkpoints past `step`, and the mark of the best one with them: a run that is resumed from
  // an older one will write them again.
  void delete_after(int64_t step);

 private:
  bool is_good(int64_t step, std::vector<Diagnostic>* warnings);
  void remove_leftovers() const;

  std::filesystem::path folder_;
  int64_t keep_;
  CheckpointWriter writer_;
  std::map<int64_t, bool> verified_;  // by this object, in this process
  bool is_clean_ = false;
};

}  // namespace ascender
