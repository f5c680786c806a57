#include <array>
#include <gtest/gtest.h>

#include "ascender/base/threads.h"
#include "ascender/data/tokenizer.h"

namespace ascender {
namespace {

TEST(BpeTokenizer, SeveralThreadsMayEncodeAtOnce) {
  std::string file = "ascender-tokenizer 1 bpe\nspecial 0\ntokens 258\n";
  char32_t next = 256;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    append_code_point(file, printable ? byte : next++);
    file += "\n";
  }
  file += "ab\naba\nmerges 2\na b\nab a\n";
  const auto tokenizer = parse_tokenizer(file, "memory");
  Threads threads(4);
  std::array<std::vector<int32_t>, 32> ids;
  threads.parallel(
      32, [&](int64_t i) { ids[static_cast<size_t>(i)] = tokenizer->encode("abab aba ab\nabbaab"); });
  for (const auto& row : ids) EXPECT_EQ(row, ids[0]);
  EXPECT_EQ(ids[0], (std::vector<int32_t>{256, 256, ' ', 257, ' ', 256, '\n', 256, 'b', 'a', 256}));
}

}  // namespace
}  // namespace ascender
