// The whole training state in memory, taken and restored by one call each: what branching stands on. Memory
// is allocated and touched once; taking copies and allocates nothing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ascender/base/threads.h"
#include "ascender/tensor/arena.h"
#include "ascender/train/checkpoint/checkpoint.h"

namespace ascender {

class Snapshot {
 public:
  // Registers the tensors; their memory must outlive the snapshot.
  explicit Snapshot(std::vector<Blob> blobs);

  // Copies every registered byte and `meta`. `threads`: to share the copying, the result is the same.
  void take(const CheckpointMeta& meta, Threads* threads = nullptr);
  // Copies back and returns the meta of take(). REQUIRES: taken.
  const CheckpointMeta& restore(Threads* threads = nullptr) const;

  bool is_taken() const { return is_taken_; }
  size_t bytes() const { return bytes_; }

 private:
  std::vector<Blob> blobs_;
  std::vector<size_t> offsets_;
  size_t bytes_ = 0;
  Reservation memory_;
  CheckpointMeta meta_;
  bool is_taken_ = false;
};

}  // namespace ascender
