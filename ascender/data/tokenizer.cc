#include "ascender/data/tokenizer.h"

#include <fmt/core.h>
#include <utility>

#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/base/file.h"
#include "ascender/base/hash.h"
#include "ascender/data/bpe/bpe_tokenizer.h"
#include "ascender/data/byte_tokenizer.h"
#include "ascender/data/char_tokenizer.h"
#include "ascender/data/sentencepiece_tokenizer.h"

namespace ascender {
namespace {

constexpr std::string_view kMagic = "ascender-tokenizer 1 ";

using Parse = std::unique_ptr<Tokenizer> (*)(std::string_view payload, std::string_view name);
constexpr std::pair<std::string_view, Parse> kKinds[] = {
    {"byte", ByteTokenizer::parse},
    {"char", CharTokenizer::parse},
    {"bpe", BpeTokenizer::parse},
    {"sentencepiece", SentencePieceTokenizer::parse},
};

}  // namespace

std::vector<int32_t> Tokenizer::encode(std::string_view text, const TextOrigin& origin) const {
  std::vector<int32_t> ids;
  append_ids(text, origin, ids);
  return ids;
}

std::string Tokenizer::decode(std::span<const int32_t> ids) const {
  std::string text;
  append_text(ids, text);
  return text;
}

std::string Tokenizer::serialize() const { return fmt::format("{}{}\n", kMagic, kind()) + payload(); }

std::string Tokenizer::hash() const { return sha256_hex(serialize()); }

std::unique_ptr<Tokenizer> parse_tokenizer(std::string_view bytes, std::string_view name) {
  const size_t line = bytes.find('\n');
  if (!bytes.starts_with(kMagic) || line == std::string_view::npos) {
    throw InputError("E0703", fmt::format("{} is not a tokeniser file of version 1", name));
  }
  const std::string_view kind = bytes.substr(kMagic.size(), line - kMagic.size());
  for (const auto& [known, parse] : kKinds) {
    if (kind == known) return parse(bytes.substr(line + 1), name);
  }
  throw InputError("E0703", fmt::format("{} holds a tokeniser of unknown kind `{}`", name, kind));
}

void save_tokenizer(const Tokenizer& tokenizer, const std::filesystem::path& path) {
  write_file(path, tokenizer.serialize());
}

std::string read_tokenizer_bytes(const std::filesystem::path& path) {
  try {
    return read_file(path);
  } catch (const EnvironmentError& failure) {
    throw InputError("E0704", fmt::format("the tokeniser's file cannot be read: {}", failure.what()));
  }
}

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& path) {
  return parse_tokenizer(read_tokenizer_bytes(path), path.native());
}

std::string StreamDecoder::push(int32_t id) {
  tokenizer_.append_piece(id, held_);
  const size_t complete = complete_utf8(held_);
  std::string out = held_.substr(0, complete);
  held_.erase(0, complete);
  return out;
}

std::string StreamDecoder::rest() { return std::exchange(held_, {}); }

}  // namespace ascender
