// One token a byte: id = byte. Takes anything, loses nothing.
#pragma once

#include <memory>
#include <string>

#include "ascender/data/tokenizer.h"

namespace ascender {

class ByteTokenizer : public Tokenizer {
 public:
  std::string_view kind() const override { return "byte"; }
  int32_t vocab_size() const override { return 256; }
  void append_ids(std::string_view text, const TextOrigin& origin, std::vector<int32_t>& ids) const override;
  void append_text(std::span<const int32_t> ids, std::string& text) const override;
  size_t cut(std::string_view text) const override { return text.size(); }

  static std::unique_ptr<Tokenizer> parse(std::string_view payload, std::string_view name);

 private:
  std::string payload() const override { return ""; }
};

}  // namespace ascender
