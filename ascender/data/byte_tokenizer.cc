#include "ascender/data/byte_tokenizer.h"

#include <fmt/core.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"

namespace ascender {

void ByteTokenizer::append_ids(std::string_view text, const TextOrigin&, std::vector<int32_t>& ids) const {
  for (char c : text) ids.push_back(static_cast<uint8_t>(c));
}

void ByteTokenizer::append_text(std::span<const int32_t> ids, std::string& text) const {
  for (int32_t id : ids) {
    ASC_CHECK(id >= 0 && id < 256, "token {} is no byte", id);
    text += static_cast<char>(id);
  }
}

std::unique_ptr<Tokenizer> ByteTokenizer::parse(std::string_view payload, std::string_view name) {
  if (!payload.empty()) throw InputError("E0703", fmt::format("{}: {} bytes too many", name, payload.size()));
  return std::make_unique<ByteTokenizer>();
}

}  // namespace ascender
