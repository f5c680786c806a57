#include "ascender/data/corpus.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "ascender/base/hash.h"
#include "ascender/data/byte_tokenizer.h"
#include "ascender/data/char_tokenizer.h"
#include "ascender/data/testing.h"

namespace ascender {
namespace {

using testing_data::contains;
using testing_data::message_of;
using testing_data::TemporaryFolder;

std::vector<int32_t> tokens_of(const TokenFile& file) {
  std::vector<int32_t> ids(static_cast<size_t>(file.count()));
  file.copy(0, ids);
  return ids;
}

std::string read(const std::filesystem::path& path) { return read_file(path); }

TEST(TokenFile, KeepsSmallAndLargeIdsExactly) {
  const TokenFileIdentity identity{std::string(64, 'a'), std::string(64, 'b')};
  for (int32_t vocab : {3, 65536, 65537, 2'000'000'000}) {
    const std::vector<int32_t> ids = {0, 1, 2, vocab - 1, 0};
    const auto opened = TokenFile::of(token_file_bytes(ids, vocab, identity));
    ASSERT_TRUE(opened.file) << opened.fault;
    EXPECT_EQ(tokens_of(*opened.file), ids);
    EXPECT_EQ(opened.file->vocab_size(), vocab);
    EXPECT_EQ(opened.file->identity(), identity);
  }
}

TEST(TokenFile, EveryFlippedBitIsNoticed) {
  const TokenFileIdentity identity{std::string(64, 'a'), std::string(64, 'b')};
  const std::vector<int32_t> ids = {1, 2, 3};
  const std::vector<std::byte> good = token_file_bytes(ids, 4, identity);
  for (size_t at = 0; at < good.size(); ++at) {
    if (at >= 176 && at < kTokenFileHeader) continue;  // padding
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<std::byte> bad = good;
      bad[at] ^= std::byte{1} << bit;
      ASSERT_FALSE(TokenFile::of(bad).file) << at << "." << bit;
    }
  }
  for (size_t size = 0; size < good.size(); ++size) {
    ASSERT_FALSE(TokenFile::of({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}).file)
        << size;
  }
}

TEST(Corpus, IsMadeOnceAndReusedWhileTextAndTokeniserAgree) {
  const TemporaryFolder folder;
  const auto path = folder.file("a.txt", "hello\nworld\n");
  const ByteTokenizer bytes;
  const Corpus first = open_corpus(SourceText(path), bytes, folder / "cache");
  EXPECT_FALSE(first.reused);
  EXPECT_TRUE(first.notes.empty());
  EXPECT_EQ(bytes.decode(tokens_of(first.tokens)), "hello\nworld\n");
  EXPECT_EQ(first.tokens.identity().text_hash, sha256_hex("hello\nworld\n"));
  const Corpus second = open_corpus(SourceText(path), bytes, folder / "cache");
  EXPECT_TRUE(second.reused);
  EXPECT_EQ(tokens_of(second.tokens), tokens_of(first.tokens));
  EXPECT_FALSE(open_corpus(SourceText(path), CharTokenizer::of("hello world\n"), folder / "cache").reused);
  folder.file("a.txt", "other text");
  EXPECT_FALSE(open_corpus(SourceText(path), bytes, folder / "cache").reused);
}

TEST(Corpus, ADamagedOrForeignTokenFileIsNamedAndMadeAgain) {
  const TemporaryFolder folder;
  const auto path = folder.file("a.txt", "some text to keep");
  const ByteTokenizer bytes;
  const auto open = [&] { return open_corpus(SourceText(path), bytes, folder / "cache"); };
  const std::filesystem::path cached = open().cached;
  const std::string good = read(cached);

  const auto spoiled = [&](std::string with, std::string_view reason) {
    std::ofstream(cached, std::ios::binary) << with;
    const Corpus again = open();
    EXPECT_FALSE(again.reused);
    ASSERT_EQ(again.notes.size(), 1u);
    EXPECT_TRUE(contains(again.notes[0], cached.native())) << again.notes[0];
    EXPECT_TRUE(contains(again.notes[0], reason)) << again.notes[0];
    EXPECT_EQ(bytes.decode(tokens_of(again.tokens)), "some text to keep");
    EXPECT_EQ(read(cached), good);
    EXPECT_TRUE(open().reused);
  };
  std::string flipped = good;
  flipped.back() = static_cast<char>(flipped.back() ^ 4);
  spoiled(flipped, "the checksum of its tokens is wrong");
  flipped = good;
  flipped[20] = 9;
  spoiled(flipped, "the checksum of its header is wrong");
  spoiled(good.substr(0, good.size() - 2), "its header promises");
  spoiled(good.substr(0, 10), "cut short");
  spoiled(std::string(400, 'x'), "it is not a token file");
  std::string newer = good;
  newer[8] = 2;
  spoiled(newer, "it has version 2, this program reads 1");
  const auto other =
      token_file_bytes(std::vector<int32_t>{1}, 256, {std::string(64, 'a'), std::string(64, 'b')});
  spoiled({reinterpret_cast<const char*>(other.data()), other.size()}, "it holds another text or tokeniser");
}

TEST(Corpus, WithoutAWritableFolderTheTokensStayInMemoryAndTheUserIsTold) {
  const TemporaryFolder folder;
  const auto path = folder.file("a.txt", "text");
  const auto in_the_way = folder.file("cache", "a file where the folder should be");
  const Corpus corpus = open_corpus(SourceText(path), ByteTokenizer(), in_the_way);
  ASSERT_EQ(corpus.notes.size(), 1u);
  EXPECT_TRUE(contains(corpus.notes[0], "tokens are not kept on disk"));
  EXPECT_TRUE(contains(corpus.notes[0], "cache"));
  EXPECT_EQ(corpus.tokens.count(), 4);
}

TEST(Corpus, ATextLargerThanOnePieceIsTokenisedAsAWhole) {
  std::string text;
  while (text.size() < (size_t{1} << 23) + 3) text += "añb€c🦆\n";
  const TemporaryFolder folder;
  const SourceText source(folder.file("big.txt", text));
  const CharTokenizer tokenizer = CharTokenizer::of(text);
  const Corpus corpus = open_corpus(source, tokenizer, folder / "cache");
  EXPECT_EQ(tokens_of(corpus.tokens), tokenizer.encode(text));
}

TEST(Corpus, FaultsOfATextAreNamed) {
  const TemporaryFolder folder;
  EXPECT_TRUE(contains(message_of([&] { SourceText(folder / "none.txt"); }), "none.txt does not exist"));
  EXPECT_TRUE(contains(message_of([&] { SourceText(folder.path()); }), "is a folder, not a text file"));
  EXPECT_TRUE(contains(message_of([&] { SourceText("/dev/null"); }), "/dev/null is no regular file"));
  EXPECT_TRUE(contains(message_of([&] { SourceText(folder.file("empty.txt", "")); }), "empty.txt is empty"));
  std::filesystem::create_symlink(folder / "loop", folder / "loop");
  EXPECT_TRUE(contains(message_of([&] { SourceText(folder / "loop"); }), "loop cannot be read"));
  const SourceText latin(folder.file("latin.txt", "one\nd\xE9j\xE0 vu\n"));
  EXPECT_TRUE(contains(message_of([&] { CharTokenizer::of(latin.text(), latin.origin()); }),
                       "latin.txt:2: byte 6 (0x6A)"));
}

TEST(Corpus, AnUnreadableTextIsNamed) {
  const TemporaryFolder folder;
  const auto path = folder.file("secret.txt", "x");
  ::chmod(path.c_str(), 0);
  const uid_t self = ::geteuid();
  const int became = self == 0 ? ::seteuid(65534) : 0;  // root may read every file
  ASSERT_EQ(became, 0);
  const std::string message = message_of([&] { SourceText{path}; });
  ASSERT_EQ(::seteuid(self), 0);
  EXPECT_TRUE(contains(message, "secret.txt cannot be read: permission denied")) << message;
}

}  // namespace
}  // namespace ascender
