#include "ascender/data/utf8.h"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>

#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

uint8_t byte_at(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }

// Length of the sequence that `first` leads, and the range its second byte must be in; length 0: no lead
// byte.
struct Lead {
  size_t length;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
};

Lead lead_of(uint8_t first) {
  if (first < 0x80) return {1};
  if (first >= 0xC2 && first <= 0xDF) return {2};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first >= 0xE1 && first <= 0xEF) return {3};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first >= 0xF1 && first <= 0xF3) return {4};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

// How many bytes at `at` are right; `length` of the lead when the sequence is whole.
size_t valid_bytes(std::string_view text, size_t at, const Lead& lead) {
  size_t valid = 1;
  while (valid < lead.length && at + valid < text.size()) {
    const uint8_t byte = byte_at(text, at + valid);
    const uint8_t low = valid == 1 ? lead.low : 0x80;
    const uint8_t high = valid == 1 ? lead.high : 0xBF;
    if (byte < low || byte > high) break;
    ++valid;
  }
  return valid;
}

}  // namespace

std::string TextOrigin::place(std::string_view text, size_t at) const {
  const auto lines = std::ranges::count(text.substr(0, at), '\n');
  return fmt::format("{}:{}: byte {}", name, line + lines, offset + at);
}

TextOrigin TextOrigin::after(std::string_view text) const {
  return {name, offset + text.size(), line + std::ranges::count(text, '\n')};
}

std::optional<size_t> find_invalid_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    uint64_t eight = 0;
    if (at + 8 <= text.size()) {
      std::memcpy(&eight, text.data() + at, 8);
      if ((eight & 0x8080808080808080ULL) == 0) {
        at += 8;
        continue;
      }
    }
    const Lead lead = lead_of(byte_at(text, at));
    if (lead.length == 0) return at;
    const size_t valid = valid_bytes(text, at, lead);
    if (valid < lead.length) return at + valid < text.size() ? at + valid : at;
    at += lead.length;
  }
  return std::nullopt;
}

void require_utf8(std::string_view text, const TextOrigin& origin) {
  const std::optional<size_t> at = find_invalid_utf8(text);
  if (!at) return;
  throw InputError("E0701",
                   fmt::format("{} (0x{:02X}) is not UTF-8", origin.place(text, *at), byte_at(text, *at)),
                   "convert the file to UTF-8 (iconv), or read it as bytes: `data.tokenizer` = byte");
}

char32_t next_code_point(std::string_view text, size_t& at) {
  const uint8_t first = byte_at(text, at);
  const size_t length = lead_of(first).length;
  char32_t point = length == 1 ? first : first & (0xFF >> (length + 1));
  for (size_t i = 1; i < length && at + i < text.size(); ++i)
    point = (point << 6) | (byte_at(text, at + i) & 0x3F);
  at += std::max<size_t>(1, length);
  return point;
}

void append_code_point(std::string& text, char32_t code_point) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0 | (code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xE0 | (code_point >> 12));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | (code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

size_t complete_utf8(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); ++back) {
    const size_t at = text.size() - back;
    const Lead lead = lead_of(byte_at(text, at));
    if (lead.length == 0) continue;
    const bool begun = lead.length > back && valid_bytes(text, at, lead) == back;
    return begun ? at : text.size();
  }
  return text.size();
}

}  // namespace ascender
