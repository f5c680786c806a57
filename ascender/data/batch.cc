#include "ascender/data/batch.h"

#include <algorithm>

namespace ascender {

void Batch::reshape(int64_t rows, int64_t length) {
  ASC_CHECK(rows >= 0 && length >= 0 && rows * length <= capacity, "batch [{},{}] in memory for {} elements",
            rows, length, capacity);
  const auto count = static_cast<size_t>(rows * length);
  B = rows;
  T = length;
  tokens = {tokens.data(), count};
  targets = {targets.data(), count};
  ids = {ids.data(), count};
}

void Batch::clear(int32_t token) {
  std::ranges::fill(tokens, token);
  std::ranges::fill(targets, kIgnored);
  std::ranges::fill(ids, kNoId);
}

int64_t Batch::num_targets() const {
  return std::ranges::count_if(targets, [](int32_t target) { return target != kIgnored; });
}

BatchBuffer::BatchBuffer(int64_t max_B, int64_t max_T)
    : max_B_(max_B), max_T_(max_T), memory_(static_cast<size_t>(3 * max_B * max_T)) {
  ASC_CHECK(max_B >= 1 && max_T >= 1, "batch buffer for [{},{}]", max_B, max_T);
}

Batch BatchBuffer::batch(int64_t rows, int64_t first_row, int64_t whole_rows) {
  ASC_CHECK(rows <= max_B_, "{} rows in a buffer for {}", rows, max_B_);
  const auto count = static_cast<size_t>(max_B_ * max_T_);
  const std::span<int32_t> all(memory_);
  Batch batch;
  batch.capacity = max_B_ * max_T_;
  batch.tokens = all.subspan(0, count);
  batch.targets = all.subspan(count, count);
  batch.ids = all.subspan(2 * count, count);
  batch.first_row = first_row;
  batch.whole_rows = whole_rows == 0 ? first_row + rows : whole_rows;
  ASC_CHECK(first_row >= 0 && first_row + rows <= batch.whole_rows, "rows [{},{}) of {}", first_row,
            first_row + rows, batch.whole_rows);
  batch.reshape(rows, 0);
  return batch;
}

}  // namespace ascender
