#include "ascender/data/char_tokenizer.h"

#include <algorithm>
#include <fmt/core.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

// "`é` (U+00E9)"; a control character by its number alone.
std::string named(std::string_view text, char32_t point) {
  const auto number = static_cast<uint32_t>(point);
  return point < 0x20 || point == 0x7F ? fmt::format("U+{:04X}", number)
                                       : fmt::format("`{}` (U+{:04X})", text, number);
}

}  // namespace

CharTokenizer::CharTokenizer(std::vector<char32_t> points) : points_(std::move(points)) {
  if (points_.empty()) return;
  ids_.assign(points_.back() + 1, -1);
  for (size_t i = 0; i < points_.size(); ++i) ids_[points_[i]] = static_cast<int32_t>(i);
}

CharTokenizer CharTokenizer::of(std::string_view text, const TextOrigin& origin) {
  require_utf8(text, origin);
  std::vector<bool> seen;
  for (size_t at = 0; at < text.size();) {
    const char32_t point = next_code_point(text, at);
    if (point >= seen.size()) seen.resize(point + 1, false);
    seen[point] = true;
  }
  std::vector<char32_t> points;
  for (char32_t point = 0; point < seen.size(); ++point) {
    if (seen[point]) points.push_back(point);
  }
  return CharTokenizer(std::move(points));
}

std::unique_ptr<Tokenizer> CharTokenizer::parse(std::string_view payload, std::string_view name) {
  CharTokenizer tokenizer = of(payload, {.name = name});
  if (tokenizer.payload() != payload) {
    throw InputError("E0703", fmt::format("{}: the characters are not in ascending order", name));
  }
  return std::unique_ptr<Tokenizer>(new CharTokenizer(std::move(tokenizer)));
}

void CharTokenizer::append_ids(std::string_view text, const TextOrigin& origin,
                               std::vector<int32_t>& ids) const {
  require_utf8(text, origin);
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t point = next_code_point(text, at);
    const int32_t id = point < ids_.size() ? ids_[point] : -1;
    if (id < 0) {
      throw InputError(
          "E0702", fmt::format("{}: {} is not in the vocabulary of {} characters", origin.place(text, begin),
                               named(text.substr(begin, at - begin), point), points_.size()));
    }
    ids.push_back(id);
  }
}

void CharTokenizer::append_text(std::span<const int32_t> ids, std::string& text) const {
  for (int32_t id : ids) {
    ASC_CHECK(id >= 0 && id < vocab_size(), "token {} of {}", id, vocab_size());
    append_code_point(text, points_[static_cast<size_t>(id)]);
  }
}

std::string CharTokenizer::payload() const {
  std::string text;
  for (char32_t point : points_) append_code_point(text, point);
  return text;
}

}  // namespace ascender
