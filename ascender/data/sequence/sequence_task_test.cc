#include "ascender/data/sequence/sequence_task.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <set>

#include "ascender/data/testing.h"

namespace ascender {
namespace {

using testing_data::contains;
using testing_data::message_of;

std::vector<int32_t> part(std::span<const int32_t> values, const Batch& batch, int64_t row, int64_t begin,
                          int64_t end) {
  return {values.begin() + batch.at(row, begin), values.begin() + batch.at(row, end)};
}

SequenceSettings small() {
  return {.symbols = 20, .max_length = 8, .eval_lengths = {4, 12}, .eval_examples = 50};
}

// The answer is taught one position late, and targets stand nowhere else.
void expect_taught_shifted(const Batch& batch, int64_t row) {
  for (int64_t t = 0; t < batch.T; ++t) {
    RC_ASSERT((batch.targets[batch.at(row, t)] == kIgnored) == (t < batch.answer_begin));
    if (t > batch.answer_begin)
      RC_ASSERT(batch.tokens[batch.at(row, t)] == batch.targets[batch.at(row, t - 1)]);
  }
}

RC_GTEST_PROP(SequenceTask, CopyAsksForThePromptAgain, (uint64_t seed, uint64_t step)) {
  const SequenceTask task(kCopyRule, small());
  BatchBuffer buffer(4, task.shape().train_length);
  Batch batch = buffer.batch(4);
  task.sample(seed, step, batch);
  const int64_t n = batch.T / 2;
  for (int64_t row = 0; row < 4; ++row) {
    RC_ASSERT(batch.tokens[batch.at(row, n)] == 20);
    RC_ASSERT(part(batch.targets, batch, row, n, 2 * n) == part(batch.tokens, batch, row, 0, n));
    expect_taught_shifted(batch, row);
  }
}

RC_GTEST_PROP(SequenceTask, SortAsksForTheSameSymbolsInOrder, (uint64_t seed, uint64_t step)) {
  const SequenceTask task(kSortRule, small());
  BatchBuffer buffer(4, task.shape().train_length);
  Batch batch = buffer.batch(4);
  task.sample(seed, step, batch);
  const int64_t n = batch.T / 2;
  for (int64_t row = 0; row < 4; ++row) {
    const auto symbols = part(batch.tokens, batch, row, 0, n);
    const auto sorted = part(batch.targets, batch, row, n, 2 * n);
    RC_ASSERT(std::is_sorted(sorted.begin(), sorted.end()));
    RC_ASSERT(std::is_permutation(sorted.begin(), sorted.end(), symbols.begin()));
    expect_taught_shifted(batch, row);
  }
}

RC_GTEST_PROP(SequenceTask, InductionAsksWhatFollowedTheLastSymbolBefore, (uint64_t seed, uint64_t step)) {
  const SequenceTask task(kInductionRule, small());
  BatchBuffer buffer(4, task.shape().train_length);
  Batch batch = buffer.batch(4);
  task.sample(seed, step, batch);
  for (int64_t row = 0; row < 4; ++row) {
    const auto before = part(batch.tokens, batch, row, 0, batch.T - 1);
    RC_ASSERT(std::set<int32_t>(before.begin(), before.end()).size() == before.size());
    const auto seen = std::find(before.begin(), before.end(), batch.tokens[batch.at(row, batch.T - 1)]);
    RC_ASSERT(seen < before.end() - 1);
    RC_ASSERT(batch.targets[batch.at(row, batch.T - 1)] == seen[1]);
    expect_taught_shifted(batch, row);
  }
}

RC_GTEST_PROP(SequenceTask, ASliceOfABatchHasTheRowsOfTheWhole, (uint64_t seed, uint64_t step)) {
  const SequenceTask task(kSortRule, small());
  BatchBuffer whole_buffer(6, task.shape().train_length), slice_buffer(2, task.shape().train_length);
  Batch whole = whole_buffer.batch(6), slice = slice_buffer.batch(2, 3, 6);
  task.sample(seed, step, whole);
  task.sample(seed, step, slice);
  for (int64_t i = 0; i < 2 * slice.T; ++i) RC_ASSERT(slice.tokens[i] == whole.tokens[3 * whole.T + i]);
}

TEST(SequenceTask, EvaluationSetsHaveTheLengthInTheirName) {
  const SequenceTask task(kCopyRule, small());
  ASSERT_EQ(task.eval_sets().size(), 2u);
  EXPECT_EQ(task.eval_sets()[1].name, "copy.12");
  EXPECT_EQ(task.eval_sets()[1].num_rows, 50);
  BatchBuffer buffer(50, task.shape().eval_length);
  Batch batch = buffer.batch(50);
  task.evaluate(1, batch);
  EXPECT_EQ(batch.T, 24);
  std::set<std::vector<int32_t>> rows;
  for (int64_t row = 0; row < 50; ++row) rows.insert(part(batch.tokens, batch, row, 0, 12));
  EXPECT_EQ(rows.size(), 50u);
}

TEST(SequenceTask, QuestionsAreAnsweredStepByStepAndChecked) {
  const SequenceTask sort(kSortRule, small());
  BatchBuffer buffer(1, sort.shape().eval_length);
  Batch batch = buffer.batch(1);
  sort.prompt(" 3 1  2", batch);
  EXPECT_EQ(part(batch.tokens, batch, 0, 0, 4), (std::vector<int32_t>{3, 1, 2, 20}));
  EXPECT_EQ(sort.extend(batch, 1), Extension::kLonger);
  EXPECT_EQ(sort.extend(batch, 2), Extension::kLonger);
  EXPECT_EQ(sort.extend(batch, 3), Extension::kComplete);
  EXPECT_EQ(sort.check("3 1 2", sort.answer(std::vector<int32_t>{1, 2, 3})), true);
  EXPECT_EQ(sort.check("3 1 2", "1 3 2"), false);
  const SequenceTask induction(kInductionRule, small());
  induction.prompt("5 7 9 7", batch);
  EXPECT_EQ(batch.T, 4);
  EXPECT_EQ(induction.extend(batch, 9), Extension::kComplete);
  EXPECT_EQ(induction.solve("5 7 9 7"), "9");
  EXPECT_EQ(induction.solve("5 7 9 8"), std::nullopt);
}

TEST(SequenceTask, FaultsOfQuestionsAndSettingsAreNamed) {
  const SequenceTask task(kCopyRule, small());
  EXPECT_TRUE(contains(message_of([&] { task.solve("1 x 2"); }), "not a number"));
  EXPECT_TRUE(contains(message_of([&] { task.solve("1 20"); }), "symbols are 0..19"));
  EXPECT_TRUE(contains(message_of([&] { task.solve(""); }), "0 symbols: this task takes 1 to 12"));
  EXPECT_TRUE(contains(message_of([&] { task.solve("1 1 1 1 1 1 1 1 1 1 1 1 1"); }), "13 symbols"));
  SequenceSettings settings = small();
  settings.symbols = 11;
  EXPECT_TRUE(contains(message_of([&] { SequenceTask(kInductionRule, settings); }),
                       "12 different symbols are asked of 11"));
  settings.max_length = 1;
  EXPECT_TRUE(
      contains(message_of([&] { SequenceTask(kInductionRule, settings); }), "a length of 1, at least 2"));
}

}  // namespace
}  // namespace ascender
