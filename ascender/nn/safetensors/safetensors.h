// The safetensors format (github.com/huggingface/safetensors): named arrays in one file, described by a JSON
// header.
//   u64 n, little-endian | n bytes of JSON | the data
//   {"name": {"dtype": "F32", "shape": [2,3], "data_offsets": [begin, end]}, ..., "__metadata__": {"k": "v"}}
// Offsets count from the start of the data; tensors cover it without a hole. The format has no checksum: a
// bit that flips in the data is not seen. docs/formats_safetensors.md has it byte by byte.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ascender/base/file.h"
#include "ascender/tensor/tensor.h"

namespace ascender {

// One array of a file, as it lies there: little-endian, row-major.
struct StoredTensor {
  std::string name;
  std::string dtype;           // F64 F32 F16 BF16 I64 U64 I32 U32 I16 U16 I8 U8 BOOL F8_E4M3 F8_E5M2
  std::vector<int64_t> shape;  // [] is a scalar
  std::span<const std::byte> bytes;
};

struct SafetensorsContents {
  std::vector<StoredTensor> tensors;  // by offset
  std::map<std::string, std::string> metadata;
};

// Checks every field; the spans point into `bytes`. InputError names `file`, the tensor, what was expected
// and what is there, for every tensor that is at fault.
SafetensorsContents parse_safetensors(std::span<const std::byte> bytes, const std::string& file);

// A file on disk, memory-mapped: opening reads the header alone. EnvironmentError where it cannot be read.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);
  const std::string& name() const { return name_; }
  const std::vector<StoredTensor>& tensors() const { return contents_.tensors; }
  const std::map<std::string, std::string>& metadata() const { return contents_.metadata; }
  // The pages of a tensor that is needed no more go back to the system; reading it again reads the disk
  // again.
  void release(const StoredTensor& tensor) const;

 private:
  std::string name_;
  MappedFile file_;
  SafetensorsContents contents_;
};

// An array to write. REQUIRES: contiguous, f32, f64, bf16 or i32.
struct TensorToStore {
  std::string name;
  Tensor tensor;
};

// Writes the file as the reference implementation does, byte for byte: tensors by falling element size, then
// by name; the header padded with spaces to a multiple of 8.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorToStore> tensors,
                       const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

}  // namespace ascender
