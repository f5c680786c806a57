// A checkpoint: the tensors of a training state and the small rest of it as one JSON text, in one file that
// is never half there and in which every flipped bit and every truncation is found. Generic over the state:
// who trains says what the tensors are. docs/formats.md describes "ascender checkpoint 1" byte by byte.
//
// Faults of a file are InputError with the file's name: E0931 damaged, E0932 not a checkpoint, E0933 of a
// newer version, E0934 of another model (names, dtypes or shapes differ; all are listed). Machine faults
// (full disk) are EnvironmentError, and the file that was there stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ascender/tensor/tensor.h"

namespace ascender {

// A view of live memory, contiguous. REQUIRES: bytes.size() == shape.count() * size_of(dtype).
struct Blob {
  std::string name;  // UTF-8, unique within a state
  DType dtype = DType::kF32;
  Shape shape;
  std::span<std::byte> bytes;
};

// What is not a tensor: configuration and tokeniser hashes, schedule, random streams, sampler, code and
// numerics versions. `json` is any UTF-8 text; it comes back byte for byte.
struct CheckpointMeta {
  int64_t step = 0;
  std::string json;
  bool operator==(const CheckpointMeta&) const = default;
};

// Writes checkpoints with buffers that it keeps: 2 MiB and an index of 16 bytes a MiB of state.
class CheckpointWriter {
 public:
  // Ours: zstd's fast strategy looking for matches of 7 bytes only, in a table of 64. Planes of floats have
  // no matches, only skewed bytes, and what looks harder is slower and finds false ones: docs/formats.md has
  // the measurement.
  static constexpr int kOurs = 0;
  explicit CheckpointWriter(int level = kOurs);  // or a level of zstd, to compare
  ~CheckpointWriter();
  size_t write(const std::filesystem::path& path, const CheckpointMeta& meta, std::span<const Blob> blobs);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Returns the bytes written.
size_t write_checkpoint(const std::filesystem::path& path, const CheckpointMeta& meta,
                        std::span<const Blob> blobs);

// Fills `into`, whose names, dtypes and shapes must be those of the file, in any order. All checksums are
// verified before the first byte of `into` changes.
CheckpointMeta read_checkpoint(const std::filesystem::path& path, std::span<const Blob> into);

// The same for some of the file's tensors, such as weights without the optimiser's moments.
CheckpointMeta read_part(const std::filesystem::path& path, std::span<const Blob> into);

// What a file holds, with its header and index verified and its tensors untouched; `bytes` of the blobs are
// empty.
struct CheckpointInfo {
  CheckpointMeta meta;
  std::vector<Blob> blobs;
  size_t file_bytes = 0;
  size_t raw_bytes = 0;
};
CheckpointInfo read_info(const std::filesystem::path& path);
CheckpointMeta read_meta(const std::filesystem::path& path);

// Verifies every checksum of the file; the same errors as reading it.
void verify_checkpoint(const std::filesystem::path& path);

}  // namespace ascender
