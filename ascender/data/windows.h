// Windows over a stretch of a token file: inputs are T tokens, targets the T that follow each of them.
#pragma once

#include <cstdint>

#include "ascender/data/batch.h"
#include "ascender/data/token_file.h"

namespace ascender {

// Tokens [begin, end) of a file, which must outlive it.
struct TokenRange {
  const TokenFile* file = nullptr;
  int64_t begin = 0;
  int64_t end = 0;
  int64_t count() const { return end - begin; }
};

// nanoGPT's batches: every row a window that begins anywhere, uniformly; a function of (seed, step, row).
// REQUIRES: count() >= length + 1.
void random_windows(const TokenRange& range, int64_t length, uint64_t seed, uint64_t step, Batch& batch);

// Windows side by side that give every token but the first as a target once. The last one may be shorter:
// what is missing of it has ignored targets. REQUIRES: count() >= 2.
int64_t num_windows(const TokenRange& range, int64_t length);
void window_rows(const TokenRange& range, int64_t length, Batch& batch);  // rows first_row .. first_row + B

}  // namespace ascender
