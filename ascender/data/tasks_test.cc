#include "ascender/data/tasks.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <new>

#include "ascender/base/heap_count.h"
#include "ascender/data/testing.h"

namespace ascender {
namespace {

using testing_data::TemporaryFolder;

class TasksTest : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Task> make() {
    Schema schema;
    describe_tasks(schema);
    Config config(schema);
    config.set("data.kind", GetParam());
    config.set("data.context", int64_t{16});
    config.set("data.cache", (folder_ / "cache").native());
    std::string text;
    for (int i = 0; i < 500; ++i) text += "line " + std::to_string(i * 7919 % 1009) + "\n";
    config.set("data.path", folder_.file("text.txt", text).native());
    return make_task(config);
  }
  TemporaryFolder folder_;
};

std::vector<std::string> all_kinds() {
  std::vector<std::string> names;
  for (const TaskKind& kind : task_kinds()) names.emplace_back(kind.name);
  return names;
}

void expect_within_shape(const Task& task, const Batch& batch, int64_t max_length) {
  const TaskShape& shape = task.shape();
  EXPECT_GE(batch.T, 1);
  EXPECT_LE(batch.T, max_length);
  EXPECT_LE(batch.answer_begin, batch.T);
  EXPECT_GT(batch.num_targets(), 0);
  for (size_t i = 0; i < batch.tokens.size(); ++i) {
    ASSERT_TRUE(batch.tokens[i] >= 0 && batch.tokens[i] < shape.vocab_size);
    ASSERT_TRUE(batch.targets[i] == kIgnored ||
                (batch.targets[i] >= 0 && batch.targets[i] < shape.num_classes));
    ASSERT_TRUE(batch.ids[i] == kNoId || (batch.ids[i] >= -1 && batch.ids[i] < shape.num_ids));
  }
}

TEST_P(TasksTest, BatchesStayWithinTheShapeThatIsPromised) {
  const auto task = make();
  BatchBuffer buffer(8, std::max(task->shape().train_length, task->shape().eval_length));
  Batch batch = buffer.batch(8);
  for (uint64_t step = 0; step < 30; ++step) {
    task->sample(1, step, batch);
    expect_within_shape(*task, batch, task->shape().train_length);
  }
  ASSERT_FALSE(task->eval_sets().empty());
  for (size_t set = 0; set < task->eval_sets().size(); ++set) {
    Batch rows = buffer.batch(std::min<int64_t>(8, task->eval_sets()[set].num_rows));
    task->evaluate(set, rows);
    expect_within_shape(*task, rows, task->shape().eval_length);
  }
}

TEST_P(TasksTest, TheSameStepIsTheSameBatchWhateverCameBefore) {
  const auto one = make();
  const auto two = make();
  EXPECT_EQ(one->data_hash(), two->data_hash());
  BatchBuffer buffer(4, one->shape().train_length), other_buffer(4, one->shape().train_length);
  Batch batch = buffer.batch(4), other = other_buffer.batch(4);
  bool seeds_differ = false;
  for (uint64_t step = 20; step-- > 0;) {
    one->sample(3, step, batch);
    other.reshape(4, 0);
    two->sample(4, step, other);
    seeds_differ = seeds_differ || !std::ranges::equal(batch.tokens, other.tokens);
    two->sample(3, step, other);
    EXPECT_TRUE(std::ranges::equal(batch.tokens, other.tokens));
    EXPECT_TRUE(std::ranges::equal(batch.targets, other.targets));
    EXPECT_TRUE(std::ranges::equal(batch.ids, other.ids));
  }
  EXPECT_TRUE(seeds_differ);
}

TEST_P(TasksTest, ItsExamplesAreQuestionsThatItTakes) {
  const auto task = make();
  ASSERT_FALSE(task->examples().empty());
  BatchBuffer buffer(1, task->shape().eval_length);
  Batch batch = buffer.batch(1);
  for (const std::string& question : task->examples()) {
    task->prompt(question, batch);
    EXPECT_GE(batch.T, 1) << question;
    const std::optional<std::string> right = task->solve(question);
    EXPECT_EQ(right.has_value(), task->eval_sets()[0].measure == Measure::kExactMatch) << question;
    if (right) {
      EXPECT_NE(task->written(question, *right), question + *right);
    }
  }
}

TEST_P(TasksTest, SamplingAndEvaluatingTakeNothingFromTheHeap) {
  const auto task = make();
  BatchBuffer buffer(8, std::max(task->shape().train_length, task->shape().eval_length));
  Batch batch = buffer.batch(8);
  const int64_t before = heap_allocations();
  for (uint64_t step = 0; step < 20; ++step) task->sample(1, step, batch);
  for (size_t set = 0; set < task->eval_sets().size(); ++set) task->evaluate(set, batch);
  EXPECT_EQ(heap_allocations(), before);
}

TEST(HeapCount, NoticesAnAllocation) {
  const int64_t before = heap_allocations();
  std::vector<int> memory(100);
  EXPECT_EQ(heap_allocations(), before + 1);
  EXPECT_EQ(memory.size(), 100u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, TasksTest, ::testing::ValuesIn(all_kinds()),
                         [](const auto& kind) { return kind.param; });

}  // namespace
}  // namespace ascender
