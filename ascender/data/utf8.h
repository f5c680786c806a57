// UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF (Unicode 15, table 3-7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ascender {

// Where a text came from, for messages: byte 0 of the text is byte `offset` of `name`, in line `line`.
struct TextOrigin {
  std::string_view name = "<text>";
  size_t offset = 0;
  int64_t line = 1;

  // "NAME:LINE: byte OFFSET" of byte `at` of the text.
  std::string place(std::string_view text, size_t at) const;
  // The origin of what follows `text`.
  TextOrigin after(std::string_view text) const;
};

// The offset of the first byte that does not continue valid UTF-8, or nothing.
std::optional<size_t> find_invalid_utf8(std::string_view text);
// Throws InputError with file, line and byte offset unless `text` is UTF-8.
void require_utf8(std::string_view text, const TextOrigin& origin);

// The code point at `at`, which moves behind it; something harmless where the text is not UTF-8.
// REQUIRES: at < text.size().
char32_t next_code_point(std::string_view text, size_t& at);
void append_code_point(std::string& text, char32_t code_point);

// The length of `text` without a last sequence that is only begun; the whole where the end is complete or
// hopeless.
size_t complete_utf8(std::string_view text);

}  // namespace ascender
