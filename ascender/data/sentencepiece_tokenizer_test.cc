#include "ascender/data/sentencepiece_tokenizer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ascender/base/random.h"
#include "ascender/data/testing.h"

namespace ascender {
namespace {

using testing_data::contains;
using testing_data::message_of;
using testing_data::TemporaryFolder;

// Words of drawn syllables, so that a few hundred pieces are worth having.
std::string sample_text() {
  static const char* const syllables[] = {"ka",  "ri", "mo",  "ten", "lu",  "sha",
                                          "ver", "ni", "pol", "é",   "dra", "ul"};
  Random random({1, Stream::kTest});
  std::string text;
  for (int word = 0; word < 3000; ++word) {
    const uint64_t length = 1 + random.below(4);
    for (uint64_t i = 0; i < length; ++i)
      text += syllables[random.below(random.below(std::size(syllables)) + 1)];
    text += word % 9 == 8 ? "\n" : word % 31 == 30 ? ",  " : " ";
  }
  return text + "the quick brown fox\tjumps over the lazy dog\n\n";
}

const SentencePieceTokenizer& small() {
  static const auto kTokenizer = SentencePieceTokenizer::train(sample_text(), {}, {.vocab_size = 400});
  return *kTokenizer;
}

TEST(SentencePieceTokenizer, ALosslessModelGivesEveryTextBack) {
  EXPECT_EQ(small().vocab_size(), 400);
  EXPECT_EQ(small().decode(small().encode(sample_text())), sample_text());
  EXPECT_LT(small().encode("karimo tenlusha verni").size(), 15u);  // of 21 characters
  EXPECT_TRUE(rc::check([] {
    static const char* const parts[] = {"the", " ",    "  ",     "\n",   "\t",   "fox",
                                        "é",   "你好", "\u00a0", "🦆", "\r\n", "x"};
    std::string text;
    for (size_t draw :
         *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, std::size(parts)))) {
      text += parts[draw];
    }
    const std::vector<int32_t> ids = small().encode(text);
    RC_ASSERT(small().decode(ids) == text);
    StreamDecoder stream(small());
    std::string streamed;
    for (int32_t id : ids) streamed += stream.push(id);
    RC_ASSERT(streamed + stream.rest() == text);
    const size_t cut = small().cut(text);
    std::vector<int32_t> pieces = small().encode(text.substr(0, cut));
    small().append_ids(std::string_view(text).substr(cut), {}, pieces);
    RC_ASSERT(pieces == ids);
  }));
}

TEST(SentencePieceTokenizer, TrainingTwiceGivesTheSameModel) {
  for (bool bpe : {false, true}) {
    const SentencePieceTraining training{.vocab_size = 350, .bpe = bpe};
    const auto one = SentencePieceTokenizer::train(sample_text(), {}, training);
    EXPECT_EQ(one->hash(), SentencePieceTokenizer::train(sample_text(), {}, training)->hash());
    EXPECT_EQ(one->decode(one->encode("lazy fox\n")), "lazy fox\n");
    EXPECT_NE(one->hash(), small().hash());
  }
}

TEST(SentencePieceTokenizer, IsTheSameAfterSavingAndLoadingAndAsAModelFile) {
  const auto again = parse_tokenizer(small().serialize(), "memory");
  EXPECT_EQ(again->hash(), small().hash());
  EXPECT_EQ(again->encode("the lazy dog"), small().encode("the lazy dog"));
  const TemporaryFolder folder;
  const std::string bytes = small().serialize();
  const auto path = folder.file("m.model", bytes.substr(bytes.find('\n') + 1));
  EXPECT_EQ(SentencePieceTokenizer::from_model_file(path)->hash(), small().hash());
}

TEST(SentencePieceTokenizer, TheLibrarysDefaultsJoinLinesAndSpaces) {
  const auto tokenizer =
      SentencePieceTokenizer::train(sample_text(), {}, {.vocab_size = 60, .bpe = false, .lossless = false});
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("  kari  moten\n")), "kari moten");
}

TEST(SentencePieceTokenizer, FaultsAreNamed) {
  EXPECT_TRUE(contains(
      message_of([] { SentencePieceTokenizer::train("a b c\n", {.name = "t.txt"}, {.vocab_size = 4096}); }),
      "no SentencePiece model of 4096 tokens comes out of t.txt: Vocabulary size too high (4096)"));
  EXPECT_TRUE(contains(message_of([] { SentencePieceTokenizer::train("\n\n", {.name = "t.txt"}, {}); }),
                       "t.txt has no text"));
  EXPECT_TRUE(contains(message_of([] { SentencePieceTokenizer::train("a\n\xFF", {.name = "t.txt"}, {}); }),
                       "t.txt:2: byte 2"));
  EXPECT_TRUE(contains(message_of([] { small().encode("a\xFF", {.name = "t.txt"}); }), "t.txt:1: byte 1"));
  EXPECT_TRUE(
      contains(message_of([] { parse_tokenizer("ascender-tokenizer 1 sentencepiece\nxyz", "s.tok"); }),
               "s.tok is not a SentencePiece model"));
  EXPECT_TRUE(
      contains(message_of([] { SentencePieceTokenizer::from_model_file("/none.model"); }), "/none.model"));
}

}  // namespace
}  // namespace ascender
