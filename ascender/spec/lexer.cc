#include "ascender/spec/lexer.h"

#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "ascender/spec/vocabulary.h"

namespace ascender::spec {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_letter(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

constexpr std::array<std::string_view, 6> kLongMarks = {"==", "!=", "<=", ">=", "->", ".."};
constexpr std::string_view kMarks = "{}()[]=<>+-*/.,:;";

class Lexer {
 public:
  Lexer(const std::shared_ptr<const Source>& source, Report& report)
      : source_(source), text_(source->text), report_(report) {}

  std::vector<Token> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (at_ < text_.size()) next();
    push(TokenKind::kEnd, at_);
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  Span span(size_t begin, size_t end) const { return {source_, begin, end}; }

  void push(TokenKind kind, size_t begin) {
    tokens_.push_back({.kind = kind, .begin = begin, .end = at_, .text = text_.substr(begin, at_ - begin)});
  }

  void next() {
    const char c = peek();
    const size_t begin = at_;
    if (is_blank(c)) {
      ++at_;
    } else if (c == '#') {
      while (at_ < text_.size() && peek() != '\n') ++at_;
    } else if (c == '\n') {
      ++at_;
      push(TokenKind::kNewline, begin);
    } else if (is_letter(c)) {
      while (is_name(peek())) ++at_;
      push(TokenKind::kWord, begin);
    } else if (is_digit(c)) {
      number();
    } else if (c == '"') {
      string();
    } else {
      mark();
    }
  }

  // digits [. digits] [e [+-] digits], with single underscores between digits.
  void number() {
    const size_t begin = at_;
    bool well_formed = digits();
    if (peek() == '.' && is_digit(peek(1))) {
      ++at_;
      well_formed = digits() && well_formed;
    }
    if (peek() == 'e' || peek() == 'E') {
      const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        at_ += 1 + sign;
        well_formed = digits() && well_formed;
      }
    }
    push(TokenKind::kNumber, begin);
    if (!well_formed) {
      report_.error("E0105", fmt::format("malformed number `{}`", tokens_.back().text), span(begin, at_),
                    "underscores stand singly between digits, as in 20_000");
    }
    unit();
  }

  bool digits() {
    bool well_formed = true;
    char before = '_';
    while (is_digit(peek()) || peek() == '_') {
      if (peek() == '_' && before == '_') well_formed = false;
      before = peek();
      ++at_;
    }
    return well_formed && before != '_';
  }

  void unit() {
    const size_t space = peek() == ' ' ? 1 : 0;
    size_t end = at_ + space;
    if (peek(space) == '%') {
      ++end;
    } else {
      while (end < text_.size() && is_name(text_[end])) ++end;
    }
    const std::string_view word = text_.substr(at_ + space, end - at_ - space);
    if (word.empty() || is_digit(word[0])) return;
    if (space == 1 && (contains(clause_words(), word) || contains(operator_words(), word))) return;
    const size_t begin = at_ + space;
    at_ = end;
    if (peek() == '/' && peek(1) == 's' && !is_name(peek(2))) at_ += 2;
    push(TokenKind::kUnit, begin);
  }

  void string() {
    const size_t begin = at_++;
    while (at_ < text_.size() && peek() != '"' && peek() != '\n') {
      if (peek() == '\\')
        escape();
      else
        ++at_;
    }
    if (peek() == '"') {
      ++at_;
    } else {
      report_.error("E0103", "the string is not closed", span(begin, at_),
                    "a string ends with `\"` on the line where it begins");
    }
    push(TokenKind::kString, begin);
  }

  void escape() {
    const char c = peek(1);
    if (c != '"' && c != '\\' && c != 'n' && c != 't') {
      report_.error("E0104", "unknown escape in a string", span(at_, at_ + 1),
                    "the escapes are \\\" \\\\ \\n \\t; a path may be written with `/`");
      ++at_;
      return;
    }
    at_ += 2;
  }

  void mark() {
    const size_t begin = at_;
    for (std::string_view mark : kLongMarks) {
      if (text_.substr(at_).starts_with(mark)) {
        at_ += 2;
        push(TokenKind::kMark, begin);
        return;
      }
    }
    if (kMarks.find(peek()) != std::string_view::npos) {
      ++at_;
      push(TokenKind::kMark, begin);
      return;
    }
    unexpected();
  }

  // A whole code point is reported and skipped.
  void unexpected() {
    const size_t begin = at_++;
    while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xC0) == 0x80) ++at_;
    const std::string_view what = text_.substr(begin, at_ - begin);
    const unsigned char first = static_cast<unsigned char>(what[0]);
    const std::string help = what == "%"   ? "percent follows a number, as in `5 %`; modulo is `mod`"
                             : what == "!" ? "negation is `not`"
                             : what == "&" ? "conjunction is `and`"
                             : what == "|" ? "disjunction is `or`"
                             : what == "'" ? "strings stand in double quotes"
                                           : "";
    report_.error("E0102",
                  first < 32 || first == 127 ? fmt::format("unexpected control byte 0x{:02x}", first)
                                             : fmt::format("unexpected character `{}`", what),
                  span(begin, at_), help);
  }

  std::shared_ptr<const Source> source_;
  std::string_view text_;
  Report& report_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

// The length of the well-formed sequence at `text[at]`, or 0 (table 3-7 of the Unicode standard).
size_t utf8_length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto tail = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned a = byte(at);
  const unsigned b = byte(at + 1);
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return tail(at + 1) ? 2 : 0;
  if (a >= 0xE0 && a <= 0xEF) {
    const bool bad = (a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F);
    return !bad && tail(at + 1) && tail(at + 2) ? 3 : 0;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    const bool bad = (a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F);
    return !bad && tail(at + 1) && tail(at + 2) && tail(at + 3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<size_t> first_invalid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

std::vector<Token> lex(const std::shared_ptr<const Source>& source, Report& report) {
  if (const auto bad = first_invalid_utf8(source->text)) {
    const Position at = position_of(*source, *bad);
    report.error("E0101",
                 fmt::format("{} is not UTF-8 text: byte 0x{:02x} at line {}, column {}", source->name,
                             static_cast<unsigned char>(source->text[*bad]), at.line, at.column),
                 {}, "save the file as UTF-8");
    const size_t end = source->text.size();
    return {Token{.kind = TokenKind::kEnd, .begin = end, .end = end, .text = {}}};
  }
  return Lexer(source, report).run();
}

std::string decode_string(std::string_view token) {
  token.remove_prefix(1);
  if (token.ends_with('"')) token.remove_suffix(1);
  std::string out;
  for (size_t i = 0; i < token.size(); ++i) {
    char c = token[i];
    if (c == '\\' && i + 1 < token.size() &&
        std::string_view("\"\\nt").find(token[i + 1]) != std::string_view::npos) {
      c = token[++i];
      c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
    }
    out += c;
  }
  return out;
}

bool is_identifier(std::string_view text) {
  return !text.empty() && is_letter(text[0]) && std::ranges::all_of(text, is_name);
}

std::string encode_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n' || c == '\t') {
      out += c == '\n' ? "\\n" : "\\t";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace ascender::spec
