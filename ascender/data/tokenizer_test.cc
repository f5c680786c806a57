#include "ascender/data/tokenizer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ascender/base/diagnostic.h"
#include "ascender/base/hash.h"
#include "ascender/data/byte_tokenizer.h"
#include "ascender/data/char_tokenizer.h"
#include "ascender/data/testing.h"

namespace ascender {
namespace {

using testing_data::message_of;

TEST(CharTokenizer, TheVocabularyIsTheSortedSetOfCharacters) {
  const CharTokenizer tokenizer = CharTokenizer::of("hello wörld\n");
  EXPECT_EQ(tokenizer.vocab_size(), 10);  // sorted(set(..)): \n, space, d, e, h, l, o, r, w, ö
  EXPECT_EQ(tokenizer.encode("old ö\n"), (std::vector<int32_t>{6, 5, 2, 1, 9, 0}));
  EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{4, 3, 5, 5, 6}), "hello");
}

TEST(CharTokenizer, AnUnknownCharacterIsNamedWithItsPlace) {
  const CharTokenizer tokenizer = CharTokenizer::of("ab\n");
  const std::string message = message_of([&] { tokenizer.encode("ab\naéb", {.name = "x.txt"}); });
  EXPECT_NE(message.find("x.txt:2: byte 4: `é` (U+00E9) is not in the vocabulary of 3 characters"),
            std::string::npos)
      << message;
}

TEST(CharTokenizer, InvalidUtf8IsRefusedWithItsPlace) {
  EXPECT_NE(
      message_of([&] { CharTokenizer::of("a\n\xFF", {.name = "x.txt"}); }).find("x.txt:2: byte 2 (0xFF)"),
      std::string::npos);
}

RC_GTEST_PROP(CharTokenizer, DecodingUndoesEncoding, (const std::vector<uint32_t>& draws)) {
  std::string text;
  for (uint32_t x : draws)
    append_code_point(text, x % 3 == 0 ? x % 128 : x % 3 == 1 ? 0x400 + x % 500 : 0x1F300 + x % 300);
  const CharTokenizer tokenizer = CharTokenizer::of(text);
  RC_ASSERT(tokenizer.decode(tokenizer.encode(text)) == text);
  RC_ASSERT(tokenizer.encode(text).size() == draws.size());
}

RC_GTEST_PROP(ByteTokenizer, TakesAnyBytesAndGivesThemBack, (const std::string& text)) {
  const ByteTokenizer tokenizer;
  RC_ASSERT(tokenizer.decode(tokenizer.encode(text)) == text);
}

TEST(Tokenizer, IsTheSameAfterSavingAndLoading) {
  const CharTokenizer chars = CharTokenizer::of("zażółć gęślą jaźń 🦆");
  const ByteTokenizer bytes;
  for (const Tokenizer* tokenizer :
       {static_cast<const Tokenizer*>(&chars), static_cast<const Tokenizer*>(&bytes)}) {
    const auto again = parse_tokenizer(tokenizer->serialize(), "memory");
    EXPECT_EQ(again->kind(), tokenizer->kind());
    EXPECT_EQ(again->hash(), tokenizer->hash());
    EXPECT_EQ(again->encode("gęś"), tokenizer->encode("gęś"));
  }
  EXPECT_NE(chars.hash(), bytes.hash());
  EXPECT_NE(chars.hash(), CharTokenizer::of("abc").hash());
  EXPECT_EQ(bytes.hash(), sha256_hex("ascender-tokenizer 1 byte\n"));
}

TEST(Tokenizer, DamagedAndForeignFilesAreNamed) {
  EXPECT_NE(message_of([] { parse_tokenizer("PK\3\4", "t"); }).find("t is not a tokeniser file"),
            std::string::npos);
  EXPECT_NE(
      message_of([] { parse_tokenizer("ascender-tokenizer 1 magic\n", "t"); }).find("unknown kind `magic`"),
      std::string::npos);
  EXPECT_NE(message_of([] { parse_tokenizer("ascender-tokenizer 1 byte\nx", "t"); }).find("1 bytes too many"),
            std::string::npos);
  EXPECT_NE(message_of([] { parse_tokenizer("ascender-tokenizer 1 char\nba", "t"); }).find("ascending"),
            std::string::npos);
}

TEST(StreamDecoder, HoldsBackACharacterUntilItIsWhole) {
  const ByteTokenizer tokenizer;
  StreamDecoder stream(tokenizer);
  EXPECT_EQ(stream.push('a'), "a");
  EXPECT_EQ(stream.push(0xE2), "");
  EXPECT_EQ(stream.push(0x82), "");
  EXPECT_EQ(stream.push(0xAC), "€");
  EXPECT_EQ(stream.push(0xFF), "\xFF");  // hopeless: nothing can complete it
  EXPECT_EQ(stream.push(0xF0), "");
  EXPECT_EQ(stream.rest(), "\xF0");
}

}  // namespace
}  // namespace ascender
