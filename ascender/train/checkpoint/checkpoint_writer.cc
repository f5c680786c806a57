#include <nlohmann/json.hpp>
#include <zstd.h>

#include "ascender/base/check.h"
#include "ascender/base/file.h"
#include "ascender/train/checkpoint/checkpoint.h"
#include "ascender/train/checkpoint/format.h"
#include "ascender/train/checkpoint/planes.h"

namespace ascender {

using namespace checkpoint_format;

namespace {

std::string json_of(const CheckpointMeta& meta, std::span<const Blob> blobs) {
  nlohmann::ordered_json json;
  json["meta"] = meta.json;
  json["blobs"] = nlohmann::ordered_json::array();
  for (const Blob& blob : blobs) {
    const auto& extents = blob.shape.extents;
    const std::vector<int64_t> shape(extents.begin(), extents.begin() + blob.shape.rank);
    json["blobs"].push_back({{"name", blob.name}, {"dtype", name_of(blob.dtype)}, {"shape", shape}});
  }
  return json.dump();
}

void check_blob(const Blob& blob) {
  ASC_CHECK(static_cast<int64_t>(blob.bytes.size()) == blob.shape.count() * size_of(blob.dtype),
            "[checkpoint] {} is {} {} but has {} bytes", blob.name, name_of(blob.dtype), blob.shape.text(),
            blob.bytes.size());
}

uint64_t chunks_of(size_t bytes) { return (bytes + kChunkBytes - 1) / kChunkBytes; }

}  // namespace

struct CheckpointWriter::State {
  explicit State(int level);
  ~State() { ZSTD_freeCCtx(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Appends one chunk; its entry goes to the index.
  void put(FileWriter& file, DType dtype, std::span<const std::byte> chunk);

  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::vector<std::byte> planes;
  std::vector<std::byte> stored;
  std::vector<ChunkEntry> index;
};

CheckpointWriter::State::State(int level) : planes(kChunkBytes), stored(ZSTD_compressBound(kChunkBytes)) {
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level == kOurs ? 1 : level);
  if (level != kOurs) return;
  ZSTD_CCtx_setParameter(context, ZSTD_c_strategy, ZSTD_fast);
  ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, 7);
  ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, 6);
}

void CheckpointWriter::State::put(FileWriter& file, DType dtype, std::span<const std::byte> chunk) {
  const std::span split(planes.data(), chunk.size());
  split_planes(dtype, chunk, split);
  const size_t size = ZSTD_compress2(context, stored.data(), stored.size(), split.data(), split.size());
  ASC_CHECK(ZSTD_isError(size) == 0, "zstd: {}", ZSTD_getErrorName(size));
  const std::span<const std::byte> bytes(stored.data(), size);
  file.append(bytes);
  index.push_back({size, xxh64(bytes, index.size())});
}

CheckpointWriter::CheckpointWriter(int level) : state_(std::make_unique<State>(level)) {}
CheckpointWriter::~CheckpointWriter() = default;

size_t CheckpointWriter::write(const std::filesystem::path& path, const CheckpointMeta& meta,
                               std::span<const Blob> blobs) {
  Header header;
  for (const Blob& blob : blobs) {
    check_blob(blob);
    header.num_chunks += chunks_of(blob.bytes.size());
  }
  const std::string json = json_of(meta, blobs);
  const auto text = std::as_bytes(std::span(json.data(), json.size()));
  header.step = meta.step;
  header.json_bytes = text.size();
  header.json_sum = xxh64(text);
  header.sum = sum_of(header);

  FileWriter file(path);
  file.append(bytes_of(header));
  file.append(text);
  state_->index.clear();
  for (const Blob& blob : blobs) {
    for (size_t at = 0; at < blob.bytes.size(); at += kChunkBytes) {
      state_->put(file, blob.dtype,
                  blob.bytes.subspan(at, std::min<size_t>(kChunkBytes, blob.bytes.size() - at)));
    }
  }
  const std::span<const std::byte> index = std::as_bytes(std::span(state_->index));
  Footer footer;
  footer.index_offset = sizeof(Header) + text.size();
  for (const ChunkEntry& entry : state_->index) footer.index_offset += entry.stored_bytes;
  footer.file_bytes = footer.index_offset + index.size() + sizeof(Footer);
  footer.index_sum = xxh64(index);
  footer.sum = sum_of(footer, header);
  file.append(index);
  file.append(bytes_of(footer));
  file.commit();
  return footer.file_bytes;
}

size_t write_checkpoint(const std::filesystem::path& path, const CheckpointMeta& meta,
                        std::span<const Blob> blobs) {
  return CheckpointWriter().write(path, meta, blobs);
}

}  // namespace ascender
