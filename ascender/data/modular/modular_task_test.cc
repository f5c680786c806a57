#include "ascender/data/modular/modular_task.h"

#include <cmath>
#include <gtest/gtest.h>
#include <set>

#include "ascender/data/testing.h"

namespace ascender {
namespace {

using testing_data::contains;
using testing_data::message_of;

TEST(ModularTask, EveryPairIsInOnePartAndTheAnswerIsTheResult) {
  for (const auto& [operation, sign] :
       {std::pair{ModularOperation::kAdd, 1}, std::pair{ModularOperation::kSubtract, -1}}) {
    const ModularTask task({.modulus = 31, .operation = operation});
    std::set<std::pair<int32_t, int32_t>> seen;
    BatchBuffer buffer(1000, 3);
    for (size_t set = 0; set < 2; ++set) {
      Batch batch = buffer.batch(task.eval_sets()[set].num_rows);
      task.evaluate(set, batch);
      for (int64_t row = 0; row < batch.B; ++row) {
        const int32_t a = batch.tokens[batch.at(row, 0)], b = batch.tokens[batch.at(row, 1)];
        EXPECT_TRUE(seen.insert({a, b}).second);
        EXPECT_EQ(batch.tokens[batch.at(row, 2)], 31);
        EXPECT_EQ(batch.targets[batch.at(row, 0)], kIgnored);
        EXPECT_EQ(batch.targets[batch.at(row, 1)], kIgnored);
        EXPECT_EQ(batch.targets[batch.at(row, 2)], ((a + sign * b) % 31 + 31) % 31);
      }
    }
    EXPECT_EQ(seen.size(), 31u * 31u);
  }
}

TEST(ModularTask, TheShareIsKeptAndTheSeedChoosesThePairs) {
  const ModularTask task({.modulus = 113, .train_share = 0.3});
  const double pairs = 113.0 * 113.0;
  EXPECT_NEAR(task.num_train_rows(), 0.3 * pairs, 4 * std::sqrt(pairs * 0.3 * 0.7));
  const ModularTask other({.modulus = 113, .train_share = 0.3, .split_seed = 1});
  BatchBuffer buffer(1, 3);
  Batch batch = buffer.batch(1);
  int differ = 0;
  for (int64_t row = 0; row < 20; ++row) {
    batch.first_row = row;
    task.evaluate(0, batch);
    const int32_t b = batch.tokens[1];
    other.evaluate(0, batch);
    differ += b != batch.tokens[1];
  }
  EXPECT_GT(differ, 5);
}

TEST(ModularTask, AStepOfAllRowsIsAnEpoch) {
  const ModularTask task({.modulus = 23, .operation = ModularOperation::kMultiply});
  BatchBuffer buffer(task.num_train_rows(), 3);
  Batch batch = buffer.batch(task.num_train_rows());
  std::vector<std::pair<int32_t, int32_t>> first;
  for (uint64_t step = 0; step < 2; ++step) {
    task.sample(9, step, batch);
    std::vector<std::pair<int32_t, int32_t>> order;
    for (int64_t row = 0; row < batch.B; ++row) {
      order.push_back({batch.tokens[batch.at(row, 0)], batch.tokens[batch.at(row, 1)]});
      EXPECT_EQ(batch.targets[batch.at(row, 2)], order.back().first * order.back().second % 23);
    }
    EXPECT_EQ(std::set(order.begin(), order.end()).size(), order.size());
    EXPECT_NE(order, first);
    first = order;
  }
}

TEST(ModularTask, QuestionsAreReadAndTheirFaultsNamed) {
  const ModularTask task({.modulus = 113});
  EXPECT_EQ(task.solve("100+20"), "7");
  EXPECT_EQ(task.answer(std::vector<int32_t>{7}), "7");
  BatchBuffer buffer(1, 3);
  Batch batch = buffer.batch(1);
  task.prompt("100+20", batch);
  EXPECT_EQ(batch.tokens[2], 113);
  EXPECT_EQ(batch.num_targets(), 0);
  EXPECT_EQ(task.extend(batch, 7), Extension::kComplete);
  EXPECT_TRUE(
      contains(message_of([&] { task.solve("113+1"); }), "two numbers of 0..112 with `+` between them"));
  EXPECT_TRUE(contains(message_of([&] { task.solve("1*1"); }), "`1*1` is not"));
  EXPECT_TRUE(
      contains(message_of([&] { ModularTask({.modulus = 5, .train_share = 0}); }), "both parts need some"));
}

}  // namespace
}  // namespace ascender
