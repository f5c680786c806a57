#include "ascender/spec/lexer.h"

#include <gtest/gtest.h>

#include "ascender/spec/vocabulary.h"

namespace ascender::spec {
namespace {

struct Lexed {
  std::shared_ptr<const Source> source;
  std::vector<Token> tokens;
  std::vector<Diagnostic> errors;
};

Lexed lex_text(std::string text) {
  Report report;
  Lexed out;
  out.source = std::make_shared<const Source>(Source{"t", std::move(text)});
  out.tokens = lex(out.source, report);
  out.errors = report.take_errors();
  return out;
}

std::string kinds(const Lexed& lexed) {
  static constexpr const char* kNames[] = {"word", "number", "unit", "string", "mark", "newline", "end"};
  std::string out;
  for (const Token& t : lexed.tokens) {
    out += std::string(out.empty() ? "" : " ") + kNames[static_cast<size_t>(t.kind)];
  }
  return out;
}

TEST(Lexer, SplitsNumbersFromUnitsByAtMostOneSpace) {
  EXPECT_EQ(kinds(lex_text("5 min")), "number unit end");
  EXPECT_EQ(kinds(lex_text("5min")), "number unit end");
  EXPECT_EQ(kinds(lex_text("5  min")), "number word end");
  EXPECT_EQ(kinds(lex_text("5\tmin")), "number word end");
  EXPECT_EQ(kinds(lex_text("5 %")), "number unit end");
  EXPECT_EQ(lex_text("3 GiB/s").tokens[1].text, "GiB/s");
  EXPECT_EQ(lex_text("3 GiB/steps").tokens[1].text, "GiB");
}

TEST(Lexer, TakesNoClauseWordAsUnit) {
  for (const std::string& word : clause_words())
    EXPECT_EQ(kinds(lex_text("5 " + word)), "number word end") << word;
  for (const std::string& word : operator_words())
    EXPECT_EQ(kinds(lex_text("5 " + word)), "number word end") << word;
}

TEST(Lexer, KeepsRangesAndDecimalsApart) {
  EXPECT_EQ(kinds(lex_text("1..10")), "number mark number end");
  EXPECT_EQ(kinds(lex_text("1.5")), "number end");
  EXPECT_EQ(kinds(lex_text("1.x")), "number mark word end");
  EXPECT_EQ(lex_text("1.5e-3").tokens[0].text, "1.5e-3");
  EXPECT_EQ(kinds(lex_text("3e")), "number unit end");
  EXPECT_EQ(kinds(lex_text("3ex")), "number unit end");
}

TEST(Lexer, SkipsCommentsByteOrderMarkAndCarriageReturns) {
  EXPECT_EQ(kinds(lex_text("\xEF\xBB\xBF"
                           "a = 1 # x = 2\r\nb")),
            "word mark number newline word end");
}

TEST(Lexer, GivesTheBytesOfEveryToken) {
  const Lexed lexed = lex_text("ab = \"c d\" >= 1.5 s");
  for (const Token& t : lexed.tokens) EXPECT_EQ(lexed.source->text.substr(t.begin, t.end - t.begin), t.text);
  EXPECT_EQ(kinds(lexed), "word mark string mark number unit end");
}

TEST(Lexer, DecodesWhatItEncodes) {
  for (const std::string text : {"", "plain", "a \"b\" \\ c", "tab\t line\n end", "\\n", "한글"}) {
    EXPECT_EQ(decode_string(encode_string(text)), text);
    EXPECT_EQ(lex_text(encode_string(text)).errors.size(), 0u) << text;
  }
}

TEST(Lexer, RefusesTextThatIsNotUtf8WithItsPlace) {
  const Lexed lexed = lex_text("ascender 1\nx = \"\xC3\x28\"\n");
  ASSERT_EQ(lexed.errors.size(), 1u);
  EXPECT_EQ(lexed.errors[0].code, "E0101");
  EXPECT_EQ(lexed.errors[0].message, "t is not UTF-8 text: byte 0xc3 at line 2, column 6");
  EXPECT_EQ(lexed.tokens.size(), 1u);
}

TEST(Lexer, KnowsWellFormedUtf8) {
  for (const char* good : {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(first_invalid_utf8(good), std::nullopt) << good;
  }
  // Overlong forms, surrogates, beyond U+10FFFF, lone and missing tails.
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98"}) {
    EXPECT_EQ(first_invalid_utf8(std::string("ab") + bad), 2u) << bad;
  }
}

}  // namespace
}  // namespace ascender::spec
