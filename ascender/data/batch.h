// One batch for every model: integer arrays [B, T], row-major, in memory that is decided once from the
// maxima.
//
//   tokens         what the model reads
//   targets        the class it should give at that position; kIgnored where nothing is asked
//   ids            significance of the position (addition), kNoId where there is none
//   answer_begin   first position of the answer; T when the batch has no separate answer
//
// A batch may be a slice of a larger one (gradient accumulation, ranks): its row b is row `first_row + b` of
// the whole, and holds the same bytes however the whole is cut.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ascender/tensor/tensor.h"

namespace ascender {

inline constexpr int32_t kIgnored = -1;
inline constexpr int32_t kNoId = -2;

struct Batch {
  int64_t B = 0;           // rows; the caller sets it, a task fills that many
  int64_t T = 0;           // positions; the task sets it
  int64_t first_row = 0;   // set by the caller
  int64_t whole_rows = 0;  // rows of the whole batch; set by the caller
  int64_t answer_begin = 0;
  std::span<int32_t> tokens, targets, ids;  // [B, T] each
  int64_t capacity = 0;                     // elements that each of the three may hold

  // Makes the three spans [rows, length]. The contents are undefined. REQUIRES: rows * length <= capacity.
  void reshape(int64_t rows, int64_t length);
  // Every target kIgnored, every id kNoId, every token `token`.
  void clear(int32_t token = 0);
  int64_t num_targets() const;  // targets that count

  int64_t at(int64_t row, int64_t position) const { return row * T + position; }
  Tensor tokens_BT() const { return {tokens.data(), DType::kI32, {B, T}}; }
  Tensor targets_BT() const { return {targets.data(), DType::kI32, {B, T}}; }
  Tensor ids_BT() const { return {ids.data(), DType::kI32, {B, T}}; }
};

// Memory for batches of at most max_B x max_T; allocated here and never again.
class BatchBuffer {
 public:
  BatchBuffer(int64_t max_B, int64_t max_T);
  // A view of the memory; a later one shares it. REQUIRES: rows <= max_B, and the buffer outlives the view.
  // whole_rows 0: the last row here is the last of the whole.
  Batch batch(int64_t rows, int64_t first_row = 0, int64_t whole_rows = 0);

 private:
  int64_t max_B_, max_T_;
  std::vector<int32_t> memory_;
};

}  // namespace ascender
