#include "ascender/train/checkpoint/snapshot.h"

#include <algorithm>
#include <cstring>

#include "ascender/base/check.h"

namespace ascender {
namespace {

constexpr size_t kPiece = 1 << 20;  // what one task copies

size_t bytes_of(const std::vector<Blob>& blobs) {
  size_t bytes = 0;
  for (const Blob& blob : blobs) bytes += blob.bytes.size();
  return bytes;
}

// copy(offset, live bytes) for pieces of all blobs; a piece never crosses from one blob to the next.
template <class Copy>
void for_pieces(const std::vector<Blob>& blobs, const std::vector<size_t>& offsets, Threads* threads,
                const Copy& copy) {
  for (size_t i = 0; i < blobs.size(); ++i) {
    const std::span<std::byte> live = blobs[i].bytes;
    const auto pieces = static_cast<int64_t>((live.size() + kPiece - 1) / kPiece);
    const auto task = [&, i](int64_t piece) {
      const size_t at = static_cast<size_t>(piece) * kPiece;
      copy(offsets[i] + at, live.subspan(at, std::min(kPiece, live.size() - at)));
    };
    if (threads != nullptr) {
      threads->parallel(pieces, task);
    } else {
      for (int64_t piece = 0; piece < pieces; ++piece) task(piece);
    }
  }
}

}  // namespace

Snapshot::Snapshot(std::vector<Blob> blobs)
    : blobs_(std::move(blobs)), bytes_(bytes_of(blobs_)), memory_(std::max<size_t>(bytes_, 1)) {
  size_t offset = 0;
  for (const Blob& blob : blobs_) {
    offsets_.push_back(offset);
    offset += blob.bytes.size();
  }
  // Touches the pages, so that the first take() costs what the others do.
  std::memset(memory_.data(), 0, bytes_);
}

void Snapshot::take(const CheckpointMeta& meta, Threads* threads) {
  for_pieces(blobs_, offsets_, threads, [&](size_t offset, std::span<std::byte> live) {
    std::memcpy(memory_.data() + offset, live.data(), live.size());
  });
  meta_ = meta;
  is_taken_ = true;
}

const CheckpointMeta& Snapshot::restore(Threads* threads) const {
  ASC_CHECK(is_taken_, "[snapshot] nothing was taken");
  for_pieces(blobs_, offsets_, threads, [&](size_t offset, std::span<std::byte> live) {
    std::memcpy(live.data(), memory_.data() + offset, live.size());
  });
  return meta_;
}

}  // namespace ascender
