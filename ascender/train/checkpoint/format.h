// "ascender checkpoint 1" as structs; all integers little-endian. Private to this folder; docs/formats.md is
// the text.
//   Header | JSON of the blobs and the meta | chunks | index: ChunkEntry a chunk | Footer
// A blob is cut into chunks of `chunk_bytes`, the last one shorter; a chunk is stored as one zstd frame of
// its byte planes.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ascender/base/hash.h"

namespace ascender::checkpoint_format {

static_assert(std::endian::native == std::endian::little, "checkpoints are written as the memory stands");

inline constexpr std::array<unsigned char, 8> kMagic{0x89, 'A', 'S', 'C', 'P', '\r', '\n', 0x1a};
inline constexpr std::array<unsigned char, 8> kEndMagic{'A', 'S', 'C', 'P', 'E', 'N', 'D', '\n'};
inline constexpr uint32_t kVersion = 1;
inline constexpr uint32_t kChunkBytes = 1 << 20;

struct Header {
  std::array<unsigned char, 8> magic = kMagic;
  uint32_t version = kVersion;  // these and `sum` stay where they are in every version
  uint32_t chunk_bytes = kChunkBytes;
  int64_t step = 0;
  uint64_t num_chunks = 0;
  uint64_t json_bytes = 0;
  uint64_t json_sum = 0;
  uint64_t reserved = 0;
  uint64_t sum = 0;  // of the 56 bytes before
};
static_assert(sizeof(Header) == 64);

struct ChunkEntry {
  uint64_t stored_bytes = 0;
  uint64_t sum = 0;  // of the stored bytes, seeded with the chunk's number
};
static_assert(sizeof(ChunkEntry) == 16);

struct Footer {
  uint64_t index_offset = 0;
  uint64_t file_bytes = 0;
  uint64_t index_sum = 0;
  uint64_t sum = 0;  // of the 24 bytes before, seeded with the header's sum
  std::array<unsigned char, 8> magic = kEndMagic;
};
static_assert(sizeof(Footer) == 40);

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}
inline uint64_t sum_of(const Header& header) { return xxh64(bytes_of(header).first(offsetof(Header, sum))); }
inline uint64_t sum_of(const Footer& footer, const Header& header) {
  return xxh64(bytes_of(footer).first(offsetof(Footer, sum)), header.sum);
}

}  // namespace ascender::checkpoint_format
