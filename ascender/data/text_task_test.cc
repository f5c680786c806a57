#include "ascender/data/text_task.h"

#include <gtest/gtest.h>

#include "ascender/data/char_tokenizer.h"
#include "ascender/data/tasks.h"
#include "ascender/data/testing.h"

namespace ascender {
namespace {

using testing_data::contains;
using testing_data::message_of;
using testing_data::TemporaryFolder;

class TextTaskTest : public ::testing::Test {
 protected:
  std::unique_ptr<Task> make(const std::filesystem::path& path, int64_t context, double validation = 0.1,
                             const std::string& tokenizer = "char") {
    Schema schema;
    describe_tasks(schema);
    Config config(schema);
    config.set("data.kind", std::string("text"));
    config.set("data.path", path.native());
    config.set("data.context", context);
    config.set("data.validation", validation);
    config.set("data.tokenizer", tokenizer);
    config.set("data.cache", (folder_ / "cache").native());
    return make_task(config);
  }
  TemporaryFolder folder_;
};

TEST_F(TextTaskTest, TinyShakespeareHasTheSplitAndTheVocabularyOfNanoGpt) {
  const auto path = ASC_SHARED_DATA("tinyshakespeare/input.txt");
  ASC_SKIP_WITHOUT(path);
  const auto task = make(path, 64);
  EXPECT_EQ(task->shape().vocab_size, 65);
  ASSERT_EQ(task->eval_sets().size(), 1u);
  EXPECT_EQ(task->eval_sets()[0].name, "validation");
  EXPECT_EQ(task->eval_sets()[0].num_rows, (111'540 - 1 + 63) / 64);  // nanoGPT: 1,003,854 + 111,540 tokens
  const int64_t rows = task->eval_sets()[0].num_rows;
  BatchBuffer buffer(rows, 64);
  Batch batch = buffer.batch(rows);
  task->evaluate(0, batch);
  EXPECT_EQ(batch.num_targets(), 111'539);
  const std::string text = task->answer(batch.tokens.first(64));
  EXPECT_EQ(text, read_file(path).substr(1'003'854, 64));
  EXPECT_TRUE(task->notes().empty());
}

TEST_F(TextTaskTest, TrainingRowsComeFromTheTrainingPartAndAreTheSameInEveryVersion) {
  const auto task =
      make(folder_.file("a.txt", "the quick brown fox jumps over the lazy dog. 0123456789"), 8, 0.2);
  BatchBuffer buffer(4, 8);
  Batch batch = buffer.batch(4);
  std::string drawn;
  for (uint64_t step = 0; step < 100; ++step) {
    task->sample(1, step, batch);
    drawn += task->answer(batch.tokens);
  }
  EXPECT_EQ(drawn.find_first_of("123456789"), std::string::npos);  // the last fifth is held out
  task->sample(1, 0, batch);
  EXPECT_EQ(task->answer(batch.tokens.first(8)), "brown fo");
  EXPECT_EQ(task->answer(batch.targets.subspan(8, 8)), "ick brow");
}

TEST_F(TextTaskTest, APromptSlidesWhenItIsFull) {
  const auto task = make(folder_.file("a.txt", std::string("abcdefghij\nabcdefghij\n")), 4, 0);
  BatchBuffer buffer(1, 4);
  Batch batch = buffer.batch(1);
  task->prompt("", batch);
  EXPECT_EQ(task->answer(batch.tokens), "\n");
  task->prompt("abcdef", batch);
  EXPECT_EQ(task->answer(batch.tokens), "cdef");
  EXPECT_EQ(batch.answer_begin, 4);
  EXPECT_EQ(task->extend(batch, 7), Extension::kMoved);
  EXPECT_EQ(task->answer(batch.tokens), "defg");
  EXPECT_EQ(batch.answer_begin, 3);
  task->prompt("ab", batch);
  EXPECT_EQ(task->extend(batch, 3), Extension::kLonger);
  EXPECT_EQ(task->answer(batch.tokens), "abc");
  EXPECT_EQ(task->check("ab", "c"), std::nullopt);
  EXPECT_TRUE(
      contains(message_of([&] { task->prompt("ab!", batch); }), "`!` (U+0021) is not in the vocabulary"));
}

TEST_F(TextTaskTest, TextsThatAreTooShortAreRefusedWithTheNumbers) {
  const auto path = folder_.file("short.txt", "0123456789");
  EXPECT_TRUE(contains(message_of([&] { make(path, 9); }),
                       "short.txt is shorter than the context: 9 tokens to train on, a window needs 10"));
  EXPECT_EQ(message_of([&] { make(path, 9, 0); }), "");
  EXPECT_TRUE(contains(message_of([&] { make(path, 4); }), "too short to hold out 10% of it"));
}

TEST_F(TextTaskTest, WithoutAPathItReadsATextOfDebianAndSaysWhich) {
  ASC_SKIP_WITHOUT("/usr/share/common-licenses/GPL-3");
  const auto task = make("", 64);
  ASSERT_EQ(task->notes().size(), 1u);
  EXPECT_TRUE(contains(task->notes()[0], "/usr/share/common-licenses/GPL-3"));
  EXPECT_GT(task->eval_sets()[0].num_rows, 10);
}

TEST_F(TextTaskTest, TheIdentityOfTheDataFollowsTextTokeniserAndSplit) {
  const auto path = folder_.file("a.txt", "the quick brown fox jumps over the lazy dog");
  const std::string hash = make(path, 8)->data_hash();
  EXPECT_EQ(make(path, 8)->data_hash(), hash);
  EXPECT_NE(make(path, 8, 0.2)->data_hash(), hash);
  EXPECT_NE(make(path, 8, 0.1, "byte")->data_hash(), hash);
  folder_.file("a.txt", "the quick brown fox jumps over the lazy cat");
  EXPECT_NE(make(path, 8)->data_hash(), hash);
}

}  // namespace
}  // namespace ascender
