#include "ascender/data/bpe/gpt2_split.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string>

#include "ascender/base/check.h"
#include "ascender/data/utf8.h"

namespace ascender {
namespace {

// Unicode's White_Space written out: PCRE2's \s has U+180E besides, which is none since Unicode 6.3.
constexpr const char* kWhite =
    R"(\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

std::string pattern() {
  const std::string white = kWhite;
  return R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{L}\p{N})" + white + "]+|[" + white + "]+(?![^" +
         white + "])|[" + white + "]+";
}

bool is_white_space(char32_t point) {
  return (point >= 0x9 && point <= 0xD) || point == 0x20 || point == 0x85 || point == 0xA0 ||
         point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 ||
         point == 0x202F || point == 0x205F || point == 0x3000;
}

}  // namespace

struct Gpt2Split::Code {
  pcre2_code* code = nullptr;
  ~Code() { pcre2_code_free(code); }
};

struct Gpt2Split::Scratch::Match {
  pcre2_match_data* data = nullptr;
  ~Match() { pcre2_match_data_free(data); }
};

Gpt2Split::Gpt2Split() : code_(std::make_unique<Code>()) {
  const std::string text = pattern();
  int error = 0;
  PCRE2_SIZE at = 0;
  code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), PCRE2_UTF | PCRE2_UCP,
                              &error, &at, nullptr);
  ASC_CHECK(code_->code != nullptr, "pcre2_compile: error {} at {}", error, at);
  pcre2_jit_compile(code_->code, PCRE2_JIT_COMPLETE);  // without it the same matches come slower
}

Gpt2Split::~Gpt2Split() = default;

Gpt2Split::Scratch::Scratch(const Gpt2Split& split) : match_(std::make_unique<Match>()) {
  match_->data = pcre2_match_data_create_from_pattern(split.code_->code, nullptr);
  ASC_CHECK(match_->data != nullptr, "pcre2_match_data_create_from_pattern");
}

Gpt2Split::Scratch::~Scratch() = default;

size_t Gpt2Split::piece_end(std::string_view text, size_t begin, Scratch& scratch) const {
  pcre2_match_data* data = scratch.match_->data;
  const int matched = pcre2_match(code_->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), begin,
                                  PCRE2_NO_UTF_CHECK, data, nullptr);
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data);
  ASC_CHECK(matched > 0 && ends[0] == begin, "pcre2_match at byte {}: {}", begin, matched);
  return ends[1];
}

size_t Gpt2Split::cut(std::string_view text) {
  for (size_t at = text.size(); at-- > 1;) {
    if (text[at] != ' ' && text[at] != '\n') continue;
    size_t before = at - 1;
    while (before > 0 && (static_cast<unsigned char>(text[before]) & 0xC0) == 0x80) --before;
    if (!is_white_space(next_code_point(text, before))) return at;
  }
  return 0;
}

}  // namespace ascender
