#include "ascender/data/windows.h"

#include <algorithm>

#include "ascender/base/check.h"
#include "ascender/data/task.h"

namespace ascender {
namespace {

// Tokens [start, start + filled] as inputs and targets of one row; REQUIRES: filled <= T and in range.
void fill_row(const TokenFile& file, int64_t start, int64_t filled, int64_t row, Batch& batch) {
  const auto at = static_cast<size_t>(batch.at(row, 0));
  file.copy(start, batch.tokens.subspan(at, static_cast<size_t>(filled)));
  file.copy(start + 1, batch.targets.subspan(at, static_cast<size_t>(filled)));
}

void prepare(int64_t length, Batch& batch) {
  batch.reshape(batch.B, length);
  batch.clear();
  batch.answer_begin = length;
}

}  // namespace

void random_windows(const TokenRange& range, int64_t length, uint64_t seed, uint64_t step, Batch& batch) {
  ASC_CHECK(range.count() > length, "windows of {} + 1 in {} tokens", length, range.count());
  prepare(length, batch);
  for (int64_t row = 0; row < batch.B; ++row) {
    Random random = row_random({seed, Stream::kData}, step, batch.first_row + row);
    const auto start = static_cast<int64_t>(random.below(static_cast<uint64_t>(range.count() - length)));
    fill_row(*range.file, range.begin + start, length, row, batch);
  }
}

int64_t num_windows(const TokenRange& range, int64_t length) {
  ASC_CHECK(range.count() >= 2, "windows in {} tokens", range.count());
  return (range.count() - 1 + length - 1) / length;
}

void window_rows(const TokenRange& range, int64_t length, Batch& batch) {
  ASC_CHECK(batch.first_row + batch.B <= num_windows(range, length), "windows [{},{}) of {}", batch.first_row,
            batch.first_row + batch.B, num_windows(range, length));
  prepare(length, batch);
  for (int64_t row = 0; row < batch.B; ++row) {
    const int64_t start = range.begin + (batch.first_row + row) * length;
    fill_row(*range.file, start, std::min(length, range.end - 1 - start), row, batch);
  }
}

}  // namespace ascender
