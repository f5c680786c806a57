#include "ascender/data/names_task.h"

#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>

#include "ascender/data/tasks.h"
#include "ascender/data/testing.h"

namespace ascender {
namespace {

using testing_data::contains;
using testing_data::message_of;
using testing_data::TemporaryFolder;

std::string input_of(const NamesTask& task, const Batch& batch, int64_t row) {
  std::string text;
  for (int64_t t = 1; t < batch.T; ++t) {
    if (batch.targets[batch.at(row, t)] == kIgnored) break;
    text += task.answer(batch.tokens.subspan(batch.at(row, t), 1));
  }
  return text;
}

TEST(NamesTask, InCPythonsOrderTheDocumentsAreThoseOfMicrogpt) {
  const auto path = ASC_SHARED_DATA("names/names.txt");
  ASC_SKIP_WITHOUT(path);
  const NamesTask task(SourceText(path), {.context = 16, .validation = 0, .python_seed = 42});
  EXPECT_EQ(task.num_train_rows(), 32033);
  EXPECT_EQ(task.shape().vocab_size, 27);
  EXPECT_EQ(task.bos(), 26);
  BatchBuffer buffer(1, 16);
  Batch batch = buffer.batch(1);
  const std::string expected[] = {"yuheng", "diondre", "xavien", "jori", "juanluis", "erandi"};
  for (uint64_t step = 0; step < 6; ++step) {
    task.sample(0, step, batch);
    EXPECT_EQ(batch.T, std::ssize(expected[step]) + 1);
    EXPECT_EQ(input_of(task, batch, 0), expected[step]);
    EXPECT_EQ(batch.tokens[0], 26);
    EXPECT_EQ(batch.targets[batch.T - 1], 26);
  }
  task.sample(0, 32033 + 2, batch);
  EXPECT_EQ(input_of(task, batch, 0), "xavien");
  PythonRandom random = task.reference_random().value();
  EXPECT_EQ(random.gauss(0, 0.08), -0.04273180935726127);
}

TEST(NamesTask, EveryDocumentComesOnceAnEpochWhateverTheBatch) {
  const TemporaryFolder folder;
  std::string text;
  for (char c = 'a'; c <= 'z'; ++c) text += std::string(" ") + c + "x \r\n\n";
  const NamesTask task(SourceText(folder.file("n.txt", text)), {.context = 16});
  ASSERT_EQ(task.num_train_rows(), 26);
  BatchBuffer buffer(4, 16);
  Batch batch = buffer.batch(4);
  std::map<std::string, int> seen;
  for (uint64_t step = 0; step < 13; ++step) {  // two epochs
    task.sample(5, step, batch);
    for (int64_t row = 0; row < 4; ++row) ++seen[input_of(task, batch, row)];
  }
  EXPECT_EQ(seen.size(), 26u);
  for (const auto& [name, times] : seen) EXPECT_EQ(times, 2) << name;
}

TEST(NamesTask, RowsArePaddedToTheLongestOfTheirBatchAndCutAtTheContext) {
  const TemporaryFolder folder;
  const NamesTask task(SourceText(folder.file("n.txt", "ab\nabcdefgh")), {.context = 4, .python_seed = 1});
  BatchBuffer buffer(2, 4);
  Batch batch = buffer.batch(2);
  task.sample(0, 0, batch);
  ASSERT_EQ(batch.T, 4);
  const int64_t short_row = batch.targets[3] == kIgnored ? 0 : 1;
  const auto row = [&](std::span<const int32_t> values, int64_t r) {
    return std::vector<int32_t>(values.begin() + batch.at(r, 0), values.begin() + batch.at(r, 0) + 4);
  };
  EXPECT_EQ(row(batch.tokens, short_row), (std::vector<int32_t>{8, 0, 1, 8}));
  EXPECT_EQ(row(batch.targets, short_row), (std::vector<int32_t>{0, 1, 8, kIgnored}));
  EXPECT_EQ(row(batch.tokens, 1 - short_row), (std::vector<int32_t>{8, 0, 1, 2}));
  EXPECT_EQ(row(batch.targets, 1 - short_row), (std::vector<int32_t>{0, 1, 2, 3}));
}

RC_GTEST_PROP(NamesTask, ASliceOfABatchHasTheRowsOfTheWhole, (uint64_t seed)) {
  const TemporaryFolder folder;
  const NamesTask task(SourceText(folder.file("n.txt", "a\nbb\nccc\ndddd\neeeee\nffffff\n")),
                       {.context = 16});
  const uint64_t step = *rc::gen::inRange<uint64_t>(0, 1000);
  BatchBuffer whole_buffer(4, 16), slice_buffer(2, 16);
  Batch whole = whole_buffer.batch(4), slice = slice_buffer.batch(2, 2, 4);
  task.sample(seed, step, whole);
  task.sample(seed, step, slice);
  RC_ASSERT(slice.T == whole.T);
  for (int64_t i = 0; i < 2 * slice.T; ++i) RC_ASSERT(slice.targets[i] == whole.targets[2 * whole.T + i]);
}

TEST(NamesTask, AShareIsHeldOutAndNeverTrainedOn) {
  const auto path = ASC_SHARED_DATA("names/names.txt");
  ASC_SKIP_WITHOUT(path);
  const NamesTask task(SourceText(path), {.context = 16, .validation = 0.1});
  ASSERT_EQ(task.eval_sets().size(), 1u);
  const int64_t held_out = task.eval_sets()[0].num_rows;
  EXPECT_NEAR(held_out, 3203, 4 * 53.7);  // binomial
  EXPECT_EQ(held_out + task.num_train_rows(), 32033);
  std::map<std::string, int> seen;
  BatchBuffer buffer(64, 16);
  for (int64_t first = 0; first + 64 <= held_out; first += 64) {
    Batch batch = buffer.batch(64, first, held_out);
    task.evaluate(0, batch);
    for (int64_t row = 0; row < 64; ++row) ++seen[input_of(task, batch, row)];
  }
  Batch batch = buffer.batch(64);
  for (uint64_t step = 0; step < 100; ++step) {
    task.sample(1, step, batch);
    for (int64_t row = 0; row < 64; ++row) EXPECT_FALSE(seen.contains(input_of(task, batch, row)));
  }
}

TEST(NamesTask, ANameGrowsFromItsBeginningToTheEndOrTheContext) {
  const TemporaryFolder folder;
  const NamesTask task(SourceText(folder.file("n.txt", "abc\ncab\n")), {.context = 4});
  BatchBuffer buffer(1, 4);
  Batch batch = buffer.batch(1);
  task.prompt("", batch);
  EXPECT_EQ(batch.T, 1);
  EXPECT_EQ(task.extend(batch, 0), Extension::kLonger);
  EXPECT_EQ(task.extend(batch, task.bos()), Extension::kComplete);
  EXPECT_EQ(task.answer(std::vector<int32_t>{0, 1, task.bos()}), "ab");
  task.prompt("abc", batch);
  EXPECT_EQ(batch.T, 4);
  EXPECT_EQ(task.extend(batch, 0), Extension::kComplete);
  EXPECT_TRUE(contains(message_of([&] { task.prompt("abca", batch); }), "4 characters: at most 3"));
  EXPECT_TRUE(contains(message_of([&] { task.prompt("x", batch); }), "`x`"));
}

TEST(NamesTask, WithoutAFileItSaysWhatIsMissing) {
  Schema schema;
  describe_tasks(schema);
  Config config(schema);
  config.set("data.kind", std::string("names"));
  const std::string message = message_of([&] { make_task(config); });
  EXPECT_TRUE(contains(message, "`data.path` is missing"));
  EXPECT_TRUE(contains(message, "DATA=names.txt"));
  const TemporaryFolder folder;
  config.set("data.path", folder.file("blank.txt", " \n\n").native());
  EXPECT_TRUE(contains(message_of([&] { make_task(config); }), "has no names"));
  config.set("data.path", folder.file("latin.txt", "jos\xE9\n").native());
  EXPECT_TRUE(contains(message_of([&] { make_task(config); }), "latin.txt:1: byte 4"));
}

}  // namespace
}  // namespace ascender
