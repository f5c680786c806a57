#include "ascender/data/text_task.h"

#include <gtest/gtest.h>
#include <map>

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
    for (const auto& [name, value] : settings_) config.set(name, value);
    return make_task(config);
  }
  std::map<std::string, Value> settings_;  // more of them
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

TEST_F(TextTaskTest, ASentencePieceModelIsTrainedOnceOnTheTrainingPart) {
  std::string text;
  for (int64_t i = 0; i < 2000; ++i)
    text += "word" + std::to_string(i * i * 7919 % 10007) + (i % 7 == 6 ? "\n" : " ");
  const auto path = folder_.file("a.txt", text + "\n\U0001F986\n");
  settings_ = {{"data.tokenizer_vocab", int64_t{300}}};
  const auto task = make(path, 8, 0.1, "sentencepiece");
  EXPECT_EQ(task->shape().vocab_size, 300);
  EXPECT_EQ(task->answer(task->tokenizer()->encode("word7\n\U0001F986")), "word7\n\U0001F986");
  EXPECT_GT(task->tokenizer()->encode("\U0001F986").size(), 1u);  // not seen in training: bytes
  const std::string hash = task->tokenizer()->hash();
  std::filesystem::path kept;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "cache")) {
    if (entry.path().extension() == ".tokenizer") kept = entry.path();
  }
  EXPECT_EQ(load_tokenizer(kept)->hash(), hash);
  std::ofstream(kept) << "damaged";
  const auto again = make(path, 8, 0.1, "sentencepiece");
  ASSERT_EQ(again->notes().size(), 1u);
  EXPECT_TRUE(contains(again->notes()[0], "is not a tokeniser file"));
  EXPECT_EQ(again->tokenizer()->hash(), hash);
  EXPECT_TRUE(make(path, 8, 0.1, "sentencepiece")->notes().empty());
}

TEST_F(TextTaskTest, ASavedTokeniserAndGpt2sFolderAreTaken) {
  const auto path = folder_.file("a.txt", "the quick brown fox jumps over the lazy dog");
  save_tokenizer(CharTokenizer::of("abcdefghijklmnopqrstuvwxyz !"), folder_ / "t");
  settings_ = {{"data.tokenizer_path", (folder_ / "t").native()}};
  EXPECT_EQ(make(path, 8)->shape().vocab_size, 28);
  folder_.file("b.txt", "the fox\nand the dog, both");
  EXPECT_TRUE(contains(message_of([&] { make(folder_ / "b.txt", 8); }), "b.txt:1: byte 7: U+000A is not in"));
  settings_.clear();
  EXPECT_TRUE(contains(message_of([&] { make(path, 8, 0.1, "bpe"); }), "needs `data.tokenizer_path`"));
  const auto gpt2 = ASC_SHARED_DATA("gpt2-bpe");
  ASC_SKIP_WITHOUT(gpt2);
  settings_ = {{"data.tokenizer_path", gpt2.native()}};
  const auto task = make(path, 4, 0);
  EXPECT_EQ(task->shape().vocab_size, 50257);
  EXPECT_EQ(task->answer(task->tokenizer()->encode("the quick")), "the quick");
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
