// Token ids on disk, memory-mapped. Made once from a text and a tokeniser, and known by the hashes of both.
// Little-endian:
//
//   0    8   magic 89 'ASCTOK' 0A
//   8    4   version, 1
//   12   4   bytes a token: 2 (vocabulary of at most 65,536) or 4
//   16   8   count of tokens
//   24   4   vocabulary size
//   28   4   zero
//   32   64  SHA-256 of the tokeniser, hexadecimal
//   96   64  SHA-256 of the text, hexadecimal
//   160  8   xxh64 of the tokens' bytes
//   168  8   xxh64 of bytes [0, 168)
//   176  16  zero
//   192      the tokens
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ascender/base/file.h"

namespace ascender {

inline constexpr size_t kTokenFileHeader = 192;

struct TokenFileIdentity {
  std::string tokenizer_hash;
  std::string text_hash;
  bool operator==(const TokenFileIdentity&) const = default;
};

// The bytes of a token file. REQUIRES: 0 <= id < vocab_size, hashes of 64 characters.
std::vector<std::byte> token_file_bytes(std::span<const int32_t> ids, int32_t vocab_size,
                                        const TokenFileIdentity& identity);

class TokenFile {
 public:
  // Either the file, checked through, or why it cannot be one ("its checksum is wrong").
  struct Opened;
  static Opened map(const std::filesystem::path& path);
  static Opened of(std::vector<std::byte> bytes);

  int64_t count() const { return count_; }
  int32_t vocab_size() const { return vocab_size_; }
  const TokenFileIdentity& identity() const { return identity_; }
  // Copies tokens [begin, begin + out.size()). REQUIRES: within [0, count()].
  void copy(int64_t begin, std::span<int32_t> out) const;

 private:
  using Memory = std::variant<MappedFile, std::vector<std::byte>>;
  explicit TokenFile(Memory memory) : memory_(std::move(memory)) {}
  static Opened check(Memory memory);
  std::span<const std::byte> bytes() const;
  std::string read_header();  // the fault, or ""

  Memory memory_;
  int64_t count_ = 0;
  int32_t vocab_size_ = 0;
  size_t token_bytes_ = 2;
  TokenFileIdentity identity_;
};

struct TokenFile::Opened {
  std::optional<TokenFile> file;
  std::string fault;
};

}  // namespace ascender
