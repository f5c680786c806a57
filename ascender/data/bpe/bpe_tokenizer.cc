#include "ascender/data/bpe/bpe_tokenizer.h"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

constexpr std::string_view kEndOfText = "<|endoftext|>";

// GPT-2 writes every byte as one printable character: itself where it is one in Latin-1, else the next of
// U+0100...
struct ByteAlphabet {
  std::array<char32_t, 256> point_of{};
  std::unordered_map<char32_t, uint8_t> byte_of;

  ByteAlphabet() {
    char32_t next = 256;
    for (char32_t byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      point_of[byte] = printable ? byte : next++;
      byte_of[point_of[byte]] = static_cast<uint8_t>(byte);
    }
  }

  std::string written(std::string_view bytes) const {
    std::string text;
    for (char byte : bytes) append_code_point(text, point_of[static_cast<uint8_t>(byte)]);
    return text;
  }

  std::optional<std::string> bytes(std::string_view text) const {
    if (find_invalid_utf8(text)) return std::nullopt;
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const auto it = byte_of.find(next_code_point(text, at));
      if (it == byte_of.end()) return std::nullopt;
      out += static_cast<char>(it->second);
    }
    return out;
  }
};

const ByteAlphabet& alphabet() {
  static const ByteAlphabet kAlphabet;
  return kAlphabet;
}

[[noreturn]] void fail(std::string_view name, const std::string& message) {
  throw InputError("E0703", fmt::format("{}: {}", name, message));
}

std::string bytes_or_fail(std::string_view written, std::string_view name) {
  std::optional<std::string> bytes = alphabet().bytes(written);
  if (!bytes) fail(name, fmt::format("`{}` is not written in GPT-2's alphabet of bytes", written));
  return std::move(*bytes);
}

// Lines of a text, without their ends.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool empty() const { return rest_.empty(); }
  std::string_view next() {
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    return line;
  }
  int64_t number() const { return number_; }
  int64_t remaining_bytes() const { return std::ssize(rest_); }

 private:
  std::string_view rest_;
  int64_t number_ = 0;
};

using TokenIds = std::unordered_map<std::string, int32_t>;

std::vector<std::string> read_encoder(const std::filesystem::path& path) {
  const std::string& name = path.native();
  const nlohmann::json json = nlohmann::json::parse(read_tokenizer_bytes(path), nullptr, false);
  if (!json.is_object() || json.empty()) fail(name, "not a JSON object of tokens");
  std::vector<std::string> bytes(json.size());
  std::vector<bool> seen(json.size(), false);
  for (const auto& [written, id] : json.items()) {
    const int64_t index = id.is_number_integer() ? id.get<int64_t>() : -1;
    if (index < 0 || index >= std::ssize(bytes) || seen[static_cast<size_t>(index)]) {
      fail(name, fmt::format("the id {} of `{}` is not one of 0..{}, each once", id.dump(), written,
                             bytes.size() - 1));
    }
    seen[static_cast<size_t>(index)] = true;
    bytes[static_cast<size_t>(index)] = bytes_or_fail(written, name);
  }
  return bytes;
}

std::array<int32_t, 2> read_merge(std::string_view line, const TokenIds& ids, std::string_view place) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) fail(place, "a merge is two tokens with a space between them");
  std::array<int32_t, 2> merge{};
  for (size_t side = 0; side < 2; ++side) {
    const std::string_view written = side == 0 ? line.substr(0, space) : line.substr(space + 1);
    const auto it = ids.find(bytes_or_fail(written, place));
    if (it == ids.end()) fail(place, fmt::format("`{}` is not in the vocabulary", written));
    merge[side] = it->second;
  }
  return merge;
}

TokenIds ids_of(const std::vector<std::string>& bytes) {
  TokenIds ids;
  for (size_t id = 0; id < bytes.size(); ++id) ids.emplace(bytes[id], static_cast<int32_t>(id));
  return ids;
}

// "KEY N" as the first line of a section of the serialised form.
int64_t read_count(Lines& lines, std::string_view key, std::string_view name) {
  const std::string_view line = lines.next();
  int64_t count = -1;
  if (line.starts_with(key)) {
    const std::string_view digits = line.substr(key.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), count);
  }
  const bool possible = count >= 0 && count <= lines.remaining_bytes();
  if (!possible) fail(name, fmt::format("line {} is not `{}N`, N lines", lines.number(), key));
  return count;
}

}  // namespace

// What one call works with; kept for the next, so that the pieces it has seen stay known.
struct BpeTokenizer::Worker {
  explicit Worker(const Gpt2Split& split) : splitting(split) {}
  Gpt2Split::Scratch splitting;
  BytePairs::Scratch merging;
};

BpeTokenizer::BpeTokenizer(std::vector<std::string> bytes, std::vector<std::array<int32_t, 2>> merges,
                           Options options, std::string_view name)
    : bytes_(std::move(bytes)), merges_(std::move(merges)), options_(options) {
  const TokenIds ids = ids_of(bytes_);
  std::array<int32_t, 256> byte_ids{};
  for (size_t byte = 0; byte < 256; ++byte) {
    const auto it = ids.find(std::string(1, static_cast<char>(byte)));
    if (it == ids.end()) fail(name, fmt::format("the byte 0x{:02X} has no token", byte));
    byte_ids[byte] = it->second;
  }
  std::vector<std::array<int32_t, 3>> merged;
  for (const auto& [left, right] : merges_) {
    const std::string text = bytes_[static_cast<size_t>(left)] + bytes_[static_cast<size_t>(right)];
    const auto it = ids.find(text);
    if (it == ids.end()) {
      fail(name, fmt::format("merge {} makes `{}`, which has no token", merged.size() + 1,
                             alphabet().written(text)));
    }
    merged.push_back({left, right, it->second});
  }
  pairs_ = std::make_unique<BytePairs>(byte_ids, merged);
  const auto it = ids.find(std::string(kEndOfText));
  if (it != ids.end()) end_of_text_ = it->second;
}

BpeTokenizer::~BpeTokenizer() = default;

std::unique_ptr<BpeTokenizer> BpeTokenizer::from_files(const std::filesystem::path& encoder_json,
                                                       const std::filesystem::path& vocab_bpe,
                                                       Options options) {
  std::vector<std::string> bytes = read_encoder(encoder_json);
  const TokenIds ids = ids_of(bytes);
  const std::string text = read_tokenizer_bytes(vocab_bpe);
  std::vector<std::array<int32_t, 2>> merges;
  for (Lines lines(text); !lines.empty();) {
    const std::string_view line = lines.next();
    if (line.empty() || (lines.number() == 1 && line.starts_with("#version"))) continue;
    merges.push_back(read_merge(line, ids, fmt::format("{}:{}", vocab_bpe.native(), lines.number())));
  }
  return std::unique_ptr<BpeTokenizer>(
      new BpeTokenizer(std::move(bytes), std::move(merges), options, vocab_bpe.native()));
}

std::string BpeTokenizer::payload() const {
  std::vector<std::string> written;
  for (const std::string& bytes : bytes_) written.push_back(alphabet().written(bytes));
  std::string out =
      fmt::format("special {}\ntokens {}\n", options_.special_end_of_text ? 1 : 0, bytes_.size());
  for (const std::string& token : written) out += token + "\n";
  out += fmt::format("merges {}\n", merges_.size());
  for (const auto& [left, right] : merges_) {
    out += written[static_cast<size_t>(left)] + " " + written[static_cast<size_t>(right)] + "\n";
  }
  return out;
}

std::unique_ptr<Tokenizer> BpeTokenizer::parse(std::string_view payload, std::string_view name) {
  Lines lines(payload);
  const bool special = read_count(lines, "special ", name) != 0;
  std::vector<std::string> bytes(static_cast<size_t>(read_count(lines, "tokens ", name)));
  for (std::string& token : bytes) token = bytes_or_fail(lines.next(), name);
  const TokenIds ids = ids_of(bytes);
  std::vector<std::array<int32_t, 2>> merges(static_cast<size_t>(read_count(lines, "merges ", name)));
  for (auto& merge : merges) merge = read_merge(lines.next(), ids, name);
  if (!lines.empty()) fail(name, "there is more behind its end");
  return std::unique_ptr<Tokenizer>(new BpeTokenizer(std::move(bytes), std::move(merges), {special}, name));
}

void BpeTokenizer::append_ids(std::string_view text, const TextOrigin& origin,
                              std::vector<int32_t>& ids) const {
  require_utf8(text, origin);
  std::unique_ptr<Worker> worker = borrow();
  while (options_.special_end_of_text && end_of_text_) {
    const size_t at = text.find(kEndOfText);
    if (at == std::string_view::npos) break;
    append_plain(text.substr(0, at), *worker, ids);
    ids.push_back(*end_of_text_);
    text.remove_prefix(at + kEndOfText.size());
  }
  append_plain(text, *worker, ids);
  give_back(std::move(worker));
}

void BpeTokenizer::append_plain(std::string_view text, Worker& worker, std::vector<int32_t>& ids) const {
  for (size_t at = 0; at < text.size();) {
    const size_t end = split_.piece_end(text, at, worker.splitting);
    pairs_->append(text.substr(at, end - at), worker.merging, ids);
    at = end;
  }
}

std::unique_ptr<BpeTokenizer::Worker> BpeTokenizer::borrow() const {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Worker>(split_);
  std::unique_ptr<Worker> worker = std::move(idle_.back());
  idle_.pop_back();
  return worker;
}

void BpeTokenizer::give_back(std::unique_ptr<Worker> worker) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(worker));
}

void BpeTokenizer::append_text(std::span<const int32_t> ids, std::string& text) const {
  for (int32_t id : ids) {
    ASC_CHECK(id >= 0 && id < vocab_size(), "token {} of {}", id, vocab_size());
    text += bytes_[static_cast<size_t>(id)];
  }
}

}  // namespace ascender
