// Whatever bytes a tokeniser's or a token file holds, it is refused or works; nothing crashes.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ascender/base/diagnostic.h"
#include "ascender/data/bpe/gpt2_split.h"
#include "ascender/data/token_file.h"
#include "ascender/data/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.find("sentencepiece") == std::string_view::npos) {  // a library's own format
    try {
      const auto tokenizer = ascender::parse_tokenizer(bytes, "fuzz");
      const std::vector<int32_t> ids = tokenizer->encode(bytes);
      if (tokenizer->decode(ids) != bytes) __builtin_trap();
    } catch (const ascender::InputError&) {
    }
  }
  if (ascender::Gpt2Split::cut(bytes) > size) __builtin_trap();
  const auto* first = reinterpret_cast<const std::byte*>(data);
  ascender::TokenFile::of({first, first + size});
  return 0;
}
