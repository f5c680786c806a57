#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "ascender/nn/safetensors/safetensors.h"

namespace ascender {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

const char* stored_name(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return "F64";
    case DType::kF32:
      return "F32";
    case DType::kBf16:
      return "BF16";
    case DType::kI32:
      return "I32";
  }
  return "";
}

// The reference implementation's order of types among those that we write: F64, F32, I32, BF16.
int rank_of(DType dtype) {
  return dtype == DType::kF64 ? 0 : dtype == DType::kF32 ? 1 : dtype == DType::kI32 ? 2 : 3;
}

std::string header_of(const std::vector<TensorToStore>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  int64_t offset = 0;
  for (const TensorToStore& t : tensors) {
    ASC_CHECK(!header.contains(t.name), "tensor {} is stored twice", t.name);
    const Shape& shape = t.tensor.shape();
    header[t.name] = {
        {"dtype", stored_name(t.tensor.dtype())},
        {"shape", std::vector<int64_t>(shape.extents.begin(), shape.extents.begin() + shape.rank)},
        {"data_offsets", {offset, offset + t.tensor.bytes()}}};
    offset += t.tensor.bytes();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::vector<TensorToStore> tensors,
                       const std::map<std::string, std::string>& metadata) {
  for (const TensorToStore& t : tensors) ASC_CHECK(t.tensor.contiguous(), "tensor {} is strided", t.name);
  std::ranges::sort(tensors, [](const TensorToStore& a, const TensorToStore& b) {
    return std::pair(rank_of(a.tensor.dtype()), std::string_view(a.name)) <
           std::pair(rank_of(b.tensor.dtype()), std::string_view(b.name));
  });
  const std::string header = header_of(tensors, metadata);
  const uint64_t length = header.size();
  std::array<std::byte, sizeof length> prefix;
  std::memcpy(prefix.data(), &length, sizeof length);
  FileWriter file(path);
  file.append(prefix);
  file.append(std::as_bytes(std::span(header)));
  for (const TensorToStore& t : tensors) {
    file.append({static_cast<const std::byte*>(t.tensor.data()), static_cast<size_t>(t.tensor.bytes())});
  }
  file.commit();
}

}  // namespace ascender
