#include <cstring>
#include <fmt/core.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <zstd.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/file.h"
#include "ascender/train/checkpoint/checkpoint.h"
#include "ascender/train/checkpoint/format.h"
#include "ascender/train/checkpoint/planes.h"

namespace ascender {

using namespace checkpoint_format;

namespace {

using Bytes = std::span<const std::byte>;

// One blob of a file: its chunks are [first_chunk, first_chunk + num_chunks), its raw size is known.
struct StoredBlob {
  Blob blob;
  size_t raw_bytes = 0;
  size_t first_chunk = 0;
};

// A mapped checkpoint whose header, JSON, index and footer are verified.
class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path) : name_(path.native()), map_(path) {
    read_header();
    read_index();
    read_json();
  }

  const std::string& name() const { return name_; }
  const CheckpointMeta& meta() const { return meta_; }
  const std::vector<StoredBlob>& blobs() const { return blobs_; }
  size_t chunk_bytes() const { return chunk_bytes_; }
  size_t file_bytes() const { return map_.bytes().size(); }

  void verify(size_t chunk) const {
    if (xxh64(stored(chunk), chunk) != index_[chunk].sum)
      damaged(fmt::format("chunk {} fails its checksum", chunk));
  }
  void verify(const StoredBlob& blob) const {
    for (size_t i = 0; i < num_chunks(blob); ++i) verify(blob.first_chunk + i);
  }

  // REQUIRES: verified. `planes` has chunk_bytes().
  void decode(const StoredBlob& from, std::span<std::byte> into, std::span<std::byte> planes) const {
    for (size_t i = 0; i < num_chunks(from); ++i) {
      const Bytes frame = stored(from.first_chunk + i);
      const size_t raw = std::min<size_t>(chunk_bytes_, from.raw_bytes - i * chunk_bytes_);
      const size_t got = ZSTD_decompress(planes.data(), raw, frame.data(), frame.size());
      if (ZSTD_isError(got) != 0 || got != raw)
        damaged(fmt::format("chunk {} does not unpack", from.first_chunk + i));
      join_planes(from.blob.dtype, planes.first(raw), into.subspan(i * chunk_bytes_, raw));
    }
  }

 private:
  [[noreturn]] void damaged(std::string_view why) const {
    throw InputError("E0931", fmt::format("checkpoint {} is damaged: {}", name_, why));
  }

  size_t num_chunks(const StoredBlob& blob) const {
    return (blob.raw_bytes + chunk_bytes_ - 1) / chunk_bytes_;
  }
  Bytes stored(size_t chunk) const {
    return map_.bytes().subspan(offsets_[chunk], index_[chunk].stored_bytes);
  }

  void read_header();
  void read_index();
  void read_json();
  void add_blob(const nlohmann::json& json, size_t& chunk);

  std::string name_;
  MappedFile map_;
  Header header_;
  size_t chunk_bytes_ = 0;
  std::vector<ChunkEntry> index_;
  std::vector<size_t> offsets_;
  CheckpointMeta meta_;
  std::vector<StoredBlob> blobs_;
};

void OpenFile::read_header() {
  const Bytes bytes = map_.bytes();
  if (bytes.size() < kMagic.size() || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    throw InputError("E0932", fmt::format("{} is not a checkpoint of Ascender", name_));
  }
  if (bytes.size() < sizeof(Header)) damaged(fmt::format("it ends after {} bytes", bytes.size()));
  std::memcpy(&header_, bytes.data(), sizeof(Header));
  if (header_.sum != sum_of(header_)) damaged("its header fails its checksum");
  if (header_.version > kVersion) {
    throw InputError(
        "E0933",
        fmt::format("checkpoint {} has format {}; this program knows {}", name_, header_.version, kVersion),
        "it was written by a newer Ascender");
  }
  if (header_.chunk_bytes == 0 || header_.chunk_bytes % 8 != 0) damaged("its chunk size is impossible");
  chunk_bytes_ = header_.chunk_bytes;
  meta_.step = header_.step;
}

void OpenFile::read_index() {
  const Bytes bytes = map_.bytes();
  const size_t size = bytes.size();
  const size_t index_bytes = header_.num_chunks * sizeof(ChunkEntry);
  Footer footer;
  const size_t least = sizeof(Header) + sizeof(Footer);
  if (size < least || header_.num_chunks > size / sizeof(ChunkEntry) || header_.json_bytes > size - least) {
    damaged(fmt::format("it ends after {} bytes", size));
  }
  std::memcpy(&footer, bytes.data() + size - sizeof(Footer), sizeof(Footer));
  if (footer.magic != kEndMagic || footer.sum != sum_of(footer, header_)) {
    damaged(fmt::format("it has no valid end at {} bytes: truncated or overwritten", size));
  }
  if (footer.file_bytes != size || footer.index_offset + index_bytes + sizeof(Footer) != size) {
    damaged(fmt::format("it has {} bytes where {} were written", size, footer.file_bytes));
  }
  const Bytes index = bytes.subspan(footer.index_offset, index_bytes);
  if (xxh64(index) != footer.index_sum) damaged("its index fails its checksum");
  index_.resize(header_.num_chunks);
  if (!index_.empty()) std::memcpy(index_.data(), index.data(), index.size());
  size_t at = sizeof(Header) + header_.json_bytes;
  for (const ChunkEntry& entry : index_) {
    offsets_.push_back(at);
    if (entry.stored_bytes > footer.index_offset - at) damaged("its index points outside");
    at += entry.stored_bytes;
  }
  if (at != footer.index_offset) damaged("its index leaves a gap");
}

void OpenFile::read_json() {
  const Bytes text = map_.bytes().subspan(sizeof(Header), header_.json_bytes);
  if (xxh64(text) != header_.json_sum) damaged("its list of tensors fails its checksum");
  try {
    const auto* begin = reinterpret_cast<const char*>(text.data());
    const nlohmann::json json = nlohmann::json::parse(begin, begin + text.size());
    meta_.json = json.at("meta").get<std::string>();
    size_t chunk = 0;
    for (const nlohmann::json& blob : json.at("blobs")) add_blob(blob, chunk);
    if (chunk != index_.size()) damaged("its tensors and its index differ in size");
  } catch (const nlohmann::json::exception& error) {
    damaged(error.what());
  }
}

void OpenFile::add_blob(const nlohmann::json& json, size_t& chunk) {
  StoredBlob stored;
  stored.blob.name = json.at("name").get<std::string>();
  const std::string dtype = json.at("dtype").get<std::string>();
  const auto shape = json.at("shape").get<std::vector<int64_t>>();
  bool is_known = false;
  for (DType candidate : {DType::kF32, DType::kF64, DType::kBf16, DType::kI32}) {
    if (dtype != name_of(candidate)) continue;
    stored.blob.dtype = candidate;
    is_known = true;
  }
  if (!is_known || shape.size() > static_cast<size_t>(kMaxRank))
    damaged(fmt::format("tensor {} is impossible", json.dump()));
  stored.raw_bytes = static_cast<size_t>(size_of(stored.blob.dtype));
  stored.blob.shape.rank = static_cast<int>(shape.size());
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    stored.blob.shape.extents[axis] = shape[axis];
    if (shape[axis] < 0 ||
        __builtin_mul_overflow(stored.raw_bytes, static_cast<size_t>(shape[axis]), &stored.raw_bytes)) {
      damaged(fmt::format("tensor {} is impossible", stored.blob.name));
    }
  }
  stored.first_chunk = chunk;
  if (num_chunks(stored) > index_.size() - chunk) damaged("its tensors and its index differ in size");
  chunk += num_chunks(stored);
  blobs_.push_back(std::move(stored));
}

Diagnostic mismatch(const OpenFile& file, std::string what) {
  return {.code = "E0934",
          .severity = Severity::kError,
          .message = fmt::format("checkpoint {} is of another model: {}", file.name(), what),
          .span = {},
          .labels = {},
          .help = {}};
}

constexpr size_t kMostFaults = 8;

// Pairs of what is stored and where it goes; InputError with all differences. `is_part`: the file may hold
// more.
std::vector<std::pair<const StoredBlob*, const Blob*>> match(const OpenFile& file, std::span<const Blob> into,
                                                             bool is_part) {
  std::map<std::string_view, const StoredBlob*> stored;
  for (const StoredBlob& blob : file.blobs()) stored[blob.blob.name] = &blob;
  std::vector<std::pair<const StoredBlob*, const Blob*>> pairs;
  std::vector<Diagnostic> faults;
  for (const Blob& blob : into) {
    const auto found = stored.find(blob.name);
    if (found == stored.end()) {
      faults.push_back(mismatch(file, fmt::format("it has no tensor `{}`", blob.name)));
      continue;
    }
    const Blob& there = found->second->blob;
    if (there.dtype != blob.dtype || there.shape != blob.shape) {
      faults.push_back(mismatch(
          file, fmt::format("tensor `{}` is {} {} there and {} {} here", blob.name, name_of(there.dtype),
                            there.shape.text(), name_of(blob.dtype), blob.shape.text())));
    }
    pairs.emplace_back(found->second, &blob);
    stored.erase(found);
  }
  if (!is_part) {
    for (const auto& [name, blob] : stored) {
      faults.push_back(mismatch(file, fmt::format("it has a tensor `{}` that is unknown here", name)));
    }
  }
  if (faults.empty()) return pairs;
  if (faults.size() > kMostFaults) faults.erase(faults.begin() + kMostFaults, faults.end());
  faults.back().help = "model and vocabulary must be those that the checkpoint was written with";
  throw InputError(std::move(faults));
}

CheckpointMeta read(const std::filesystem::path& path, std::span<const Blob> into, bool is_part) {
  const OpenFile file(path);
  const auto pairs = match(file, into, is_part);
  for (const auto& [stored, blob] : pairs) {
    ASC_CHECK(blob->bytes.size() == stored->raw_bytes, "[checkpoint] {} has {} bytes", blob->name,
              blob->bytes.size());
    file.verify(*stored);
  }
  std::vector<std::byte> planes(file.chunk_bytes());
  for (const auto& [stored, blob] : pairs) file.decode(*stored, blob->bytes, planes);
  return file.meta();
}

}  // namespace

CheckpointMeta read_checkpoint(const std::filesystem::path& path, std::span<const Blob> into) {
  return read(path, into, false);
}

CheckpointMeta read_part(const std::filesystem::path& path, std::span<const Blob> into) {
  return read(path, into, true);
}

CheckpointInfo read_info(const std::filesystem::path& path) {
  const OpenFile file(path);
  CheckpointInfo info{file.meta(), {}, file.file_bytes(), 0};
  for (const StoredBlob& stored : file.blobs()) {
    info.blobs.push_back(stored.blob);
    info.raw_bytes += stored.raw_bytes;
  }
  return info;
}

CheckpointMeta read_meta(const std::filesystem::path& path) { return OpenFile(path).meta(); }

void verify_checkpoint(const std::filesystem::path& path) {
  const OpenFile file(path);
  for (const StoredBlob& blob : file.blobs()) file.verify(blob);
}

}  // namespace ascender
