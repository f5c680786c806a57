// Whatever the bytes are, parsing gives tensors that lie within them or an InputError.
#include <cstdlib>

#include "ascender/base/diagnostic.h"
#include "ascender/nn/safetensors/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const std::byte* at = nullptr;
    for (const ascender::StoredTensor& t : ascender::parse_safetensors(bytes, "fuzz").tensors) {
      if (t.bytes.data() < bytes.data() || t.bytes.data() + t.bytes.size() > bytes.data() + bytes.size())
        std::abort();
      if (at != nullptr && t.bytes.data() != at) std::abort();
      at = t.bytes.data() + t.bytes.size();
    }
    if (at != nullptr && at != bytes.data() + bytes.size()) std::abort();
  } catch (const ascender::InputError&) {
    return 0;
  }
  return 0;
}
