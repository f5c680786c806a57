#include "ascender/data/addition/addition_task.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <set>

#include "ascender/base/diagnostic.h"
#include "ascender/data/tasks.h"

namespace ascender {
namespace {

constexpr int32_t P = AdditionTask::kPlaceholder;

std::vector<int32_t> row_of(std::span<const int32_t> values, const Batch& batch, int64_t row) {
  return {values.begin() + batch.at(row, 0), values.begin() + batch.at(row, 0) + batch.T};
}

std::string number(const std::vector<int32_t>& tokens, size_t begin, size_t count, bool reversed = false) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += static_cast<char>('0' + tokens[begin + (reversed ? count - 1 - i : i)]);
  return text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
}

TEST(AdditionTask, AnswerAllAtOnceHasPlaceholdersThatCarryTheirSignificance) {
  const AdditionTask task({.layout = AnswerLayout::kAllAtOnce});
  BatchBuffer buffer(1, task.shape().eval_length);
  Batch batch = buffer.batch(1);
  task.prompt("12+9", batch);
  EXPECT_EQ(row_of(batch.tokens, batch, 0), (std::vector<int32_t>{1, 2, 10, 0, 9, 11, P, P, P}));
  EXPECT_EQ(row_of(batch.ids, batch, 0), (std::vector<int32_t>{1, 0, -2, 1, 0, -1, 0, 1, 2}));
  EXPECT_EQ(batch.answer_begin, 6);
  EXPECT_EQ(batch.num_targets(), 0);
  EXPECT_EQ(task.extend(batch, 1), Extension::kComplete);
}

TEST(AdditionTask, AnswerTokenByTokenBeginsAtEqualsAndGrowsToTheLastDigit) {
  const AdditionTask task({.layout = AnswerLayout::kTokenByToken});
  BatchBuffer buffer(1, task.shape().eval_length);
  Batch batch = buffer.batch(1);
  task.prompt("12+99", batch);
  EXPECT_EQ(row_of(batch.tokens, batch, 0), (std::vector<int32_t>{1, 2, 10, 9, 9, 11}));
  EXPECT_EQ(batch.answer_begin, 5);
  EXPECT_EQ(task.extend(batch, 1), Extension::kLonger);
  EXPECT_EQ(task.extend(batch, 1), Extension::kLonger);
  EXPECT_EQ(task.extend(batch, 1), Extension::kComplete);
  EXPECT_EQ(row_of(batch.tokens, batch, 0), (std::vector<int32_t>{1, 2, 10, 9, 9, 11, 1, 1}));
  EXPECT_EQ(row_of(batch.ids, batch, 0), (std::vector<int32_t>{1, 0, -2, 1, 0, -1, 0, 1}));
}

TEST(AdditionTask, ATaughtRowReadsTheSumShiftedByOne) {
  const AdditionTask task({.layout = AnswerLayout::kTokenByToken, .eval_digits = {12}});
  BatchBuffer buffer(4, task.shape().eval_length);
  Batch batch = buffer.batch(4);
  task.evaluate(*find_eval_set(task, "carry.12"), batch);
  ASSERT_EQ(batch.T, 3 * 12 + 2);
  for (int64_t row = 0; row < 4; ++row) {
    const auto tokens = row_of(batch.tokens, batch, row);
    const auto targets = row_of(batch.targets, batch, row);
    EXPECT_EQ(tokens[batch.answer_begin], AdditionTask::kEquals);
    for (int64_t t = 0; t < batch.T; ++t) {
      EXPECT_EQ(targets[t] == kIgnored, t < batch.answer_begin);
      if (t > batch.answer_begin) {
        EXPECT_EQ(tokens[t], targets[t - 1]);
      }
    }
  }
}

RC_GTEST_PROP(AdditionTask, EveryTrainingRowHoldsTheSumOfItsOperands,
              (uint64_t seed, uint64_t step, bool par)) {
  const AdditionTask task({.layout = par ? AnswerLayout::kAllAtOnce : AnswerLayout::kTokenByToken});
  BatchBuffer buffer(8, task.shape().train_length);
  Batch batch = buffer.batch(8);
  task.sample(seed, step, batch);
  RC_ASSERT(batch.T <= task.shape().train_length);
  const int64_t n = (batch.answer_begin - (par ? 2 : 1)) / 2;
  RC_ASSERT(n >= 1 && n <= 6);
  RC_ASSERT(batch.num_targets() == 8 * (n + 1));
  for (int64_t row = 0; row < 8; ++row) {
    const auto tokens = row_of(batch.tokens, batch, row);
    const auto targets = row_of(batch.targets, batch, row);
    const int64_t a = std::stoll(number(tokens, 0, n));
    const int64_t b = std::stoll(number(tokens, n + 1, n));
    RC_ASSERT(std::stoll(number(targets, batch.answer_begin, n + 1, true)) == a + b);
    RC_ASSERT(tokens[n] == AdditionTask::kPlus && tokens[2 * n + 1] == AdditionTask::kEquals);
  }
}

RC_GTEST_PROP(AdditionTask, ASliceOfABatchHasTheRowsOfTheWhole, (uint64_t seed, uint64_t step)) {
  const AdditionTask task({});
  BatchBuffer whole_buffer(12, task.shape().train_length);
  BatchBuffer slice_buffer(5, task.shape().train_length);
  Batch whole = whole_buffer.batch(12);
  task.sample(seed, step, whole);
  Batch slice = slice_buffer.batch(5, 4, 12);
  task.sample(seed, step, slice);
  RC_ASSERT(slice.T == whole.T);
  for (int64_t row = 0; row < 5; ++row) {
    RC_ASSERT(row_of(slice.tokens, slice, row) == row_of(whole.tokens, whole, row + 4));
    RC_ASSERT(row_of(slice.targets, slice, row) == row_of(whole.targets, whole, row + 4));
    RC_ASSERT(row_of(slice.ids, slice, row) == row_of(whole.ids, whole, row + 4));
  }
}

TEST(AdditionTask, TrainingRowsAreTheSameInEveryVersion) {
  const AdditionTask task({});
  BatchBuffer buffer(2, task.shape().train_length);
  Batch batch = buffer.batch(2);
  task.sample(1, 0, batch);
  EXPECT_EQ(row_of(batch.tokens, batch, 0),
            (std::vector<int32_t>{4, 2, 5, 7, 9, 10, 5, 5, 2, 2, 9, 11, P, P, P, P, P, P}));
  EXPECT_EQ(row_of(batch.tokens, batch, 1),
            (std::vector<int32_t>{8, 2, 1, 0, 0, 10, 0, 7, 8, 5, 9, 11, P, P, P, P, P, P}));
  task.sample(1, 1, batch);
  EXPECT_EQ(row_of(batch.tokens, batch, 0),
            (std::vector<int32_t>{2, 1, 7, 0, 3, 7, 10, 2, 1, 0, 1, 1, 1, 11, P, P, P, P, P, P, P}));
}

TEST(AdditionTask, TrainingUsesEveryLengthAndTheHeavyShareItWasTold) {
  const AdditionTask task({.heavy = 0.4});
  BatchBuffer buffer(64, task.shape().train_length);
  Batch batch = buffer.batch(64);
  std::set<int64_t> lengths;
  int64_t propagates = 0;
  int64_t pairs = 0;
  for (uint64_t step = 0; step < 200; ++step) {
    task.sample(7, step, batch);
    const int64_t n = (batch.answer_begin - 2) / 2;
    lengths.insert(n);
    for (int64_t row = 0; row < 64; ++row) {
      for (int64_t i = 0; i < n; ++i) {
        propagates += batch.tokens[batch.at(row, i)] + batch.tokens[batch.at(row, n + 1 + i)] == 9;
      }
      pairs += n;
    }
  }
  EXPECT_EQ(lengths, (std::set<int64_t>{1, 2, 3, 4, 5, 6}));
  // .4 x .685 + .6 x .1 = .334; about 45,000 pairs in 12,800 rows: four standard deviations are below .014.
  EXPECT_NEAR(static_cast<double>(propagates) / static_cast<double>(pairs), 0.334, 0.014);
}

TEST(AdditionTask, EvaluationSetsAreNamedByDistributionLengthAndDigits) {
  const AdditionTask task({.eval_digits = {6, 12, 6}, .bin_digits = 12, .chains = {4}, .deps = {6}});
  std::vector<std::string> names;
  for (const EvalSet& set : task.eval_sets()) names.push_back(set.name);
  EXPECT_EQ(names, (std::vector<std::string>{"uniform.6", "carry.6", "uniform.12", "carry.12", "chain.4.12",
                                             "dep.6.12"}));
  EXPECT_EQ(task.eval_sets()[0].num_rows, 1000);
  EXPECT_EQ(task.eval_sets()[4].num_rows, 200);
  for (int64_t row = 0; row < 200; ++row) {
    EXPECT_EQ(longest_chain(task.eval_operands(4, row)), 4);
    EXPECT_EQ(dependency(task.eval_operands(5, row)), 6);
  }
  EXPECT_FALSE(find_eval_set(task, "chain.5.12"));
}

TEST(AdditionTask, AnotherEvaluationSeedGivesOtherRowsAndTheSameSeedTheSame) {
  const AdditionTask one({.eval_seed = 1}), same({.eval_seed = 1}), other({.eval_seed = 2});
  int equal = 0;
  for (int64_t row = 0; row < 100; ++row) {
    EXPECT_EQ(one.eval_operands(6, row).a, same.eval_operands(6, row).a);
    equal += one.eval_operands(6, row).a == other.eval_operands(6, row).a;
  }
  EXPECT_EQ(equal, 0);
}

TEST(AdditionTask, AnswersAreReadBackAndChecked) {
  const AdditionTask task({});
  EXPECT_EQ(task.answer(std::vector<int32_t>{6, 4, 0}), "46");
  EXPECT_EQ(task.answer(std::vector<int32_t>{0, 0}), "0");
  EXPECT_EQ(task.answer(std::vector<int32_t>{5, 12, 0}), "?5");
  EXPECT_EQ(task.solve("123456789012+987654321098"), "1111111110110");
  EXPECT_EQ(task.solve("99999999999999999999999999999+1"), "100000000000000000000000000000");
  EXPECT_EQ(task.check("12+34", "46"), true);
  EXPECT_EQ(task.check("12+34", "45"), false);
}

TEST(AdditionTask, TheLongestQuestionFitsTheShapeItPromises) {
  for (AnswerLayout layout : {AnswerLayout::kTokenByToken, AnswerLayout::kAllAtOnce}) {
    const AdditionTask task({.layout = layout});
    BatchBuffer buffer(1, task.shape().eval_length);
    Batch batch = buffer.batch(1);
    task.prompt(std::string(29, '9') + "+" + std::string(29, '9'), batch);
    while (task.extend(batch, 9) == Extension::kLonger) {
    }
    EXPECT_EQ(batch.T, task.shape().eval_length);
    for (int32_t id : batch.ids) EXPECT_LT(id, task.shape().num_ids);
  }
}

TEST(AdditionTask, SettingsComeFromTheConfiguration) {
  Schema schema;
  describe_tasks(schema);
  Config config(schema);
  config.set("data.addition.max_digits", int64_t{2});
  config.set("data.addition.layout", std::string("ar"));
  const auto task = make_task(config);
  EXPECT_EQ(task->shape().train_length, 8);
  const std::string hash = task->data_hash();
  config.set("data.addition.heavy", 0.3);
  EXPECT_NE(make_task(config)->data_hash(), hash);
  config.set("data.addition.chains", std::vector<int64_t>{13});
  EXPECT_THROW(make_task(config), InputError);
}

}  // namespace
}  // namespace ascender
