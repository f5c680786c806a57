#include "ascender/data/windows.h"

#include <gtest/gtest.h>
#include <numeric>
#include <rapidcheck/gtest.h>

namespace ascender {
namespace {

// A file whose token i is i.
TokenFile counting(int32_t count) {
  std::vector<int32_t> ids(static_cast<size_t>(count));
  std::iota(ids.begin(), ids.end(), 0);
  auto opened = TokenFile::of(token_file_bytes(ids, count + 1, {std::string(64, 'a'), std::string(64, 'b')}));
  return std::move(*opened.file);
}

RC_GTEST_PROP(Windows, SideBySideTheyAskEveryTokenButTheFirstOnce, ()) {
  const auto count = *rc::gen::inRange<int32_t>(2, 200);
  const auto length = *rc::gen::inRange<int64_t>(1, 40);
  const auto rows = *rc::gen::inRange<int64_t>(1, 9);
  const TokenFile file = counting(count + 7);
  const TokenRange range{&file, 5, 5 + count};
  BatchBuffer buffer(rows, length);
  std::vector<int> asked(static_cast<size_t>(count + 7), 0);
  const int64_t windows = num_windows(range, length);
  for (int64_t first = 0; first < windows; first += rows) {
    Batch batch = buffer.batch(std::min(rows, windows - first), first, windows);
    window_rows(range, length, batch);
    for (int64_t i = 0; i < batch.B * batch.T; ++i) {
      if (batch.targets[i] == kIgnored) continue;
      RC_ASSERT(batch.targets[i] == batch.tokens[i] + 1);
      ++asked[batch.targets[i]];
    }
  }
  for (int32_t token = 0; token < count + 7; ++token)
    RC_ASSERT(asked[token] == (token > 5 && token < 5 + count));
}

TEST(Windows, RandomOnesStayInTheirRangeAndReachBothEnds) {
  const TokenFile file = counting(40);
  const TokenRange range{&file, 10, 30};
  BatchBuffer buffer(64, 16);
  Batch batch = buffer.batch(64);
  std::vector<int> starts(40, 0);
  for (uint64_t step = 0; step < 50; ++step) {
    random_windows(range, 16, 3, step, batch);
    for (int64_t row = 0; row < batch.B; ++row) {
      ++starts[batch.tokens[batch.at(row, 0)]];
      for (int64_t t = 0; t < 16; ++t)
        ASSERT_EQ(batch.targets[batch.at(row, t)], batch.tokens[batch.at(row, 0)] + t + 1);
    }
  }
  // 20 tokens hold windows of 16 + 1 at four places; 3,200 rows, each place 800 +- 4 standard deviations
  // of 24.5.
  for (int start = 0; start < 40; ++start) {
    if (start >= 10 && start < 14) {
      EXPECT_NEAR(starts[start], 800, 98);
    } else {
      EXPECT_EQ(starts[start], 0);
    }
  }
}

RC_GTEST_PROP(Windows, ASliceHasTheRowsOfTheWhole, (uint64_t seed, uint64_t step)) {
  const TokenFile file = counting(1000);
  const TokenRange range{&file, 0, 900};
  BatchBuffer whole_buffer(8, 10), slice_buffer(3, 10);
  Batch whole = whole_buffer.batch(8), slice = slice_buffer.batch(3, 4, 8);
  random_windows(range, 10, seed, step, whole);
  random_windows(range, 10, seed, step, slice);
  for (int64_t i = 0; i < 30; ++i) RC_ASSERT(slice.tokens[i] == whole.tokens[40 + i]);
}

}  // namespace
}  // namespace ascender
