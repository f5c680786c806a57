#include "ascender/data/bpe/bpe_tokenizer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include "ascender/base/file.h"
#include "ascender/base/hash.h"
#include "ascender/data/testing.h"

namespace ascender {
namespace {

using testing_data::contains;
using testing_data::message_of;
using testing_data::TemporaryFolder;

// bpe_golden.json is what the Hugging Face `tokenizers` package gave (tools/bpe_oracle.py; the file names its
// version).
const nlohmann::json& golden() {
  static const auto kGolden =
      nlohmann::json::parse(read_file(ASCENDER_SOURCE_DIR "/ascender/data/bpe/bpe_golden.json"));
  return kGolden;
}

std::string hash_of(const std::vector<int32_t>& ids) {
  return sha256_hex({reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(int32_t)});
}

class BpeTokenizerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASC_SKIP_WITHOUT(ASC_SHARED_DATA("gpt2-bpe/vocab.bpe")); }

  // Loaded once: reading the vocabulary takes longer than all else.
  static const BpeTokenizer& gpt2() {
    static const auto kTokenizer = BpeTokenizer::from_files(ASC_SHARED_DATA("gpt2-bpe/encoder.json"),
                                                            ASC_SHARED_DATA("gpt2-bpe/vocab.bpe"), {});
    return *kTokenizer;
  }
};

TEST_F(BpeTokenizerTest, EqualsTheTokenizersPackageOnEveryLineOfEveryCorpus) {
  for (const auto& [name, expected] : golden()["corpora"].items()) {
    ASC_SKIP_WITHOUT(ASC_SHARED_DATA(name));
    const std::string text = read_file(ASC_SHARED_DATA(name));
    std::vector<int32_t> ids;
    int64_t num_lines = 0;
    for (size_t begin = 0; begin <= text.size(); ++num_lines) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      gpt2().append_ids(std::string_view(text).substr(begin, end - begin), {}, ids);
      ids.push_back(-1);
      begin = end + 1;
    }
    EXPECT_EQ(num_lines, expected["num_lines"]) << name;
    EXPECT_EQ(hash_of(ids), expected["lines"]) << name;
    const std::vector<int32_t> whole = gpt2().encode(text);
    EXPECT_EQ(std::ssize(whole), expected["num_ids"]) << name;
    EXPECT_EQ(hash_of(whole), expected["whole"]) << name;
    EXPECT_EQ(gpt2().decode(whole), text) << name;
  }
}

TEST_F(BpeTokenizerTest, EqualsTheTokenizersPackageOnTextsThatAreMeantToBeHard) {
  for (const auto& sample : golden()["samples"]) {
    const std::string text = sample["text"];
    EXPECT_EQ(gpt2().encode(text), sample["ids"].get<std::vector<int32_t>>()) << text.substr(0, 60);
    EXPECT_EQ(gpt2().decode(gpt2().encode(text)), text);
  }
}

TEST_F(BpeTokenizerTest, EqualsTheTokenizersPackageOnEveryCodePointBelowU3400) {
  std::string text;
  for (char32_t point = 1; point < 0x3400; ++point) {
    for (const char* before : {"a", "1", " "}) {
      text += before;
      append_code_point(text, point);
    }
  }
  EXPECT_EQ(hash_of(gpt2().encode(text)), golden()["sweep"]["whole"]);
}

TEST_F(BpeTokenizerTest, HasGpt2sVocabulary) {
  EXPECT_EQ(gpt2().vocab_size(), 50257);
  EXPECT_EQ(gpt2().end_of_text(), 50256);
}

TEST_F(BpeTokenizerTest, DecodingUndoesEncodingAndACutChangesNothing) {
  EXPECT_TRUE(rc::check([] {
    static const char* const parts[] = {"a", "B", "the", " ",  "  ",     "\n",     "\t",           "'s",
                                        "1", "!", "é",   "你", "\u00a0", "\u3000", "<|endoftext|>"};
    const auto draws =
        *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, std::size(parts)));
    std::string text;
    for (size_t draw : draws) text += parts[draw];
    const std::vector<int32_t> ids = gpt2().encode(text);
    RC_ASSERT(gpt2().decode(ids) == text);
    const size_t size = *rc::gen::inRange<size_t>(0, text.size() + 1);
    const size_t cut = gpt2().cut(std::string_view(text).substr(0, size));
    RC_ASSERT(cut <= size);
    std::vector<int32_t> pieces = gpt2().encode(std::string_view(text).substr(0, cut));
    gpt2().append_ids(std::string_view(text).substr(cut), {}, pieces);
    RC_ASSERT(pieces == ids);
  }));
}

TEST_F(BpeTokenizerTest, IsTheSameAfterSavingAndLoading) {
  const auto again = parse_tokenizer(gpt2().serialize(), "memory");
  EXPECT_EQ(again->hash(), gpt2().hash());
  EXPECT_EQ(again->encode("Hello world<|endoftext|>"), gpt2().encode("Hello world<|endoftext|>"));
  const std::string bytes = gpt2().serialize();
  EXPECT_NE(message_of([&] { parse_tokenizer(bytes.substr(0, bytes.size() - 9), "cut.tok"); }), "");
  EXPECT_TRUE(contains(message_of([&] { parse_tokenizer(bytes + "x", "long.tok"); }), "more behind its end"));
  EXPECT_TRUE(contains(message_of([&] { parse_tokenizer(bytes.substr(0, 4000), "cut.tok"); }), "cut.tok"));
  const std::string promises = "ascender-tokenizer 1 bpe\nspecial 0\ntokens 16000000\na\n";
  EXPECT_TRUE(contains(message_of([&] { parse_tokenizer(promises, "p.tok"); }), "line 2 is not `tokens N`"));
}

// A vocabulary of the 256 bytes and one merge.
class SmallBpe : public ::testing::Test {
 protected:
  std::string encoder(const std::string& more) const {
    nlohmann::json json = nlohmann::json::parse("{" + more + "}");
    int next = 256;
    for (int byte = 0; byte < 256; ++byte) {
      std::string written;
      const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
      append_code_point(written, static_cast<char32_t>(printable ? byte : next++));
      if (!json.contains(written)) json[written] = byte;
    }
    return json.dump();
  }
  std::unique_ptr<BpeTokenizer> make(const std::string& json, const std::string& merges,
                                     bool special = true) const {
    return BpeTokenizer::from_files(folder_.file("encoder.json", json), folder_.file("vocab.bpe", merges),
                                    {special});
  }
  TemporaryFolder folder_;
};

TEST_F(SmallBpe, WithoutTheOptionEndOfTextIsOrdinaryText) {
  const std::string json = encoder(R"("aa":256,"<|endoftext|>":257)");
  EXPECT_EQ(make(json, "#version: 0.2\na a\n")->encode("aaa<|endoftext|>"),
            (std::vector<int32_t>{256, 'a', 257}));
  EXPECT_EQ(make(json, "#version: 0.2\na a\n", false)->encode("<|endoftext|>").size(), 13u);
}

TEST_F(SmallBpe, DamagedFilesAreNamedWithTheirFault) {
  const std::string json = encoder(R"("aa":256)");
  const std::string merges = "#version: 0.2\na a\n";
  ASSERT_EQ(message_of([&] { make(json, merges); }), "");
  EXPECT_TRUE(
      contains(message_of([&] { make("[1]", merges); }), "encoder.json: not a JSON object of tokens"));
  EXPECT_TRUE(contains(message_of([&] { make(json.substr(1), merges); }), "not a JSON object"));
  EXPECT_TRUE(contains(message_of([&] { make(encoder(R"("aa":300)"), merges); }),
                       "the id 300 of `aa` is not one of 0..256"));
  EXPECT_TRUE(contains(message_of([&] { make(encoder(R"("aa":97)"), merges); }), "each once"));
  EXPECT_TRUE(contains(message_of([&] { make(encoder(R"("a a":256)"), merges); }),
                       "not written in GPT-2's alphabet"));
  EXPECT_TRUE(contains(message_of([&] { make("{\"a\":0}", ""); }), "the byte 0x00 has no token"));
  EXPECT_TRUE(
      contains(message_of([&] { make(json, "#version: 0.2\na\n"); }), "vocab.bpe:2: a merge is two tokens"));
  EXPECT_TRUE(contains(message_of([&] { make(json, "#version: 0.2\na a\na zz\n"); }),
                       "vocab.bpe:3: `zz` is not in the vocabulary"));
  EXPECT_TRUE(contains(message_of([&] { make(json, "a b\n"); }), "merge 1 makes `ab`, which has no token"));
  EXPECT_TRUE(
      contains(message_of([&] { BpeTokenizer::from_files("/none/encoder.json", "/none/vocab.bpe", {}); }),
               "/none/encoder.json"));
  EXPECT_TRUE(contains(message_of([&] { make(json, merges)->encode("a\n\xFF", {.name = "x.txt"}); }),
                       "x.txt:2: byte 2 (0xFF)"));
}

}  // namespace
}  // namespace ascender
