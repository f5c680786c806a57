// One token a character: the vocabulary is the sorted code points of a corpus, as nanoGPT's
// sorted(set(text)). Serialised as these code points in order, in UTF-8.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ascender/data/tokenizer.h"

namespace ascender {

class CharTokenizer : public Tokenizer {
 public:
  // The characters of `text`; InputError unless it is UTF-8.
  static CharTokenizer of(std::string_view text, const TextOrigin& origin = {});
  static std::unique_ptr<Tokenizer> parse(std::string_view payload, std::string_view name);

  std::string_view kind() const override { return "char"; }
  int32_t vocab_size() const override { return static_cast<int32_t>(points_.size()); }
  void append_ids(std::string_view text, const TextOrigin& origin, std::vector<int32_t>& ids) const override;
  void append_text(std::span<const int32_t> ids, std::string& text) const override;
  size_t cut(std::string_view text) const override { return complete_utf8(text); }

 private:
  explicit CharTokenizer(std::vector<char32_t> points);
  std::string payload() const override;

  std::vector<char32_t> points_;  // ascending; id -> code point
  std::vector<int32_t> ids_;      // code point -> id, -1 where there is none
};

}  // namespace ascender
