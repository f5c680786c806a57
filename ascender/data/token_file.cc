#include "ascender/data/token_file.h"

#include <array>
#include <bit>
#include <cstring>
#include <fmt/core.h>

#include "ascender/base/check.h"
#include "ascender/base/hash.h"

namespace ascender {
namespace {

static_assert(std::endian::native == std::endian::little, "token files are little-endian");

constexpr std::array<char, 8> kMagic = {'\x89', 'A', 'S', 'C', 'T', 'O', 'K', '\n'};
constexpr uint32_t kVersion = 1;
constexpr size_t kHashLength = 64;

struct Header {
  std::array<char, 8> magic = kMagic;
  uint32_t version = kVersion;
  uint32_t token_bytes = 2;
  uint64_t count = 0;
  uint32_t vocab_size = 0;
  uint32_t zero = 0;
  std::array<char, kHashLength> tokenizer_hash{};
  std::array<char, kHashLength> text_hash{};
  uint64_t payload_checksum = 0;
  uint64_t header_checksum = 0;
  std::array<char, 16> padding{};
};
static_assert(sizeof(Header) == kTokenFileHeader);

uint64_t checksum_of(const Header& header) {
  return xxh64(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, header_checksum)));
}

void store_hash(const std::string& hash, std::array<char, kHashLength>& out) {
  ASC_CHECK(hash.size() == kHashLength, "a hash of {} characters", hash.size());
  std::memcpy(out.data(), hash.data(), kHashLength);
}

template <class T>
void narrow(std::span<const int32_t> ids, int32_t vocab_size, std::byte* out) {
  for (size_t i = 0; i < ids.size(); ++i) {
    ASC_CHECK(ids[i] >= 0 && ids[i] < vocab_size, "token {} of {}", ids[i], vocab_size);
    const T token = static_cast<T>(ids[i]);
    std::memcpy(out + i * sizeof(T), &token, sizeof(T));
  }
}

template <class T>
void widen(const std::byte* in, std::span<int32_t> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    T token;
    std::memcpy(&token, in + i * sizeof(T), sizeof(T));
    out[i] = static_cast<int32_t>(token);
  }
}

}  // namespace

std::vector<std::byte> token_file_bytes(std::span<const int32_t> ids, int32_t vocab_size,
                                        const TokenFileIdentity& identity) {
  Header header;
  header.token_bytes = vocab_size <= 65536 ? 2 : 4;
  header.count = ids.size();
  header.vocab_size = static_cast<uint32_t>(vocab_size);
  store_hash(identity.tokenizer_hash, header.tokenizer_hash);
  store_hash(identity.text_hash, header.text_hash);
  std::vector<std::byte> bytes(kTokenFileHeader + ids.size() * header.token_bytes);
  std::byte* tokens = bytes.data() + kTokenFileHeader;
  if (header.token_bytes == 2) {
    narrow<uint16_t>(ids, vocab_size, tokens);
  } else {
    narrow<uint32_t>(ids, vocab_size, tokens);
  }
  header.payload_checksum = xxh64(std::span(bytes).subspan(kTokenFileHeader));
  header.header_checksum = checksum_of(header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

TokenFile::Opened TokenFile::map(const std::filesystem::path& path) { return check(MappedFile(path)); }

TokenFile::Opened TokenFile::of(std::vector<std::byte> bytes) { return check(std::move(bytes)); }

TokenFile::Opened TokenFile::check(Memory memory) {
  TokenFile file(std::move(memory));
  std::string fault = file.read_header();
  if (!fault.empty()) return {std::nullopt, std::move(fault)};
  return {std::move(file), ""};
}

std::span<const std::byte> TokenFile::bytes() const {
  if (const auto* file = std::get_if<MappedFile>(&memory_)) return file->bytes();
  return std::get<std::vector<std::byte>>(memory_);
}

std::string TokenFile::read_header() {
  const std::span<const std::byte> all = bytes();
  if (all.size() < sizeof(Header)) return fmt::format("it is cut short: {} bytes", all.size());
  Header header;
  std::memcpy(&header, all.data(), sizeof header);
  if (header.magic != kMagic) return "it is not a token file";
  if (header.version != kVersion)
    return fmt::format("it has version {}, this program reads {}", header.version, kVersion);
  if (header.header_checksum != checksum_of(header)) return "the checksum of its header is wrong";
  const size_t size = kTokenFileHeader + header.count * header.token_bytes;
  if (all.size() != size) return fmt::format("it has {} bytes, its header promises {}", all.size(), size);
  if (header.payload_checksum != xxh64(all.subspan(kTokenFileHeader)))
    return "the checksum of its tokens is wrong";
  count_ = static_cast<int64_t>(header.count);
  vocab_size_ = static_cast<int32_t>(header.vocab_size);
  token_bytes_ = header.token_bytes;
  identity_ = {{header.tokenizer_hash.data(), kHashLength}, {header.text_hash.data(), kHashLength}};
  return "";
}

void TokenFile::copy(int64_t begin, std::span<int32_t> out) const {
  ASC_CHECK(begin >= 0 && begin + std::ssize(out) <= count_, "tokens [{},{}) of {}", begin,
            begin + std::ssize(out), count_);
  const std::byte* at = bytes().data() + kTokenFileHeader + static_cast<size_t>(begin) * token_bytes_;
  if (token_bytes_ == 2) {
    widen<uint16_t>(at, out);
  } else {
    widen<uint32_t>(at, out);
  }
}

}  // namespace ascender
