// Text to tokens. Newlines are tokens (the parser skips them inside brackets); comments and spaces are not. A
// unit follows its number by at most one space and is a token of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ascender/spec/report.h"

namespace ascender::spec {

enum class TokenKind { kWord, kNumber, kUnit, kString, kMark, kNewline, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  size_t begin = 0;  // bytes of the source
  size_t end = 0;
  std::string_view text;  // into the source, which must outlive it

  bool is(std::string_view mark) const { return kind == TokenKind::kMark && text == mark; }
  bool is_word(std::string_view word) const { return kind == TokenKind::kWord && text == word; }
};

// Always ends with kEnd. Faults (E01xx) go to `report`; text that is not UTF-8 gives no tokens but kEnd.
std::vector<Token> lex(const std::shared_ptr<const Source>& source, Report& report);

// The text that a string token means, its escapes \" \\ \n \t decoded.
std::string decode_string(std::string_view token);

// The string token that means `text`.
std::string encode_string(std::string_view text);

bool is_identifier(std::string_view text);

// The offset of the first byte that does not continue valid UTF-8 (RFC 3629), or nothing.
std::optional<size_t> first_invalid_utf8(std::string_view text);

}  // namespace ascender::spec
