#include "ascender/data/utf8.h"

#include <gtest/gtest.h>

#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

TEST(Utf8, EveryCodePointGoesThereAndBack) {
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    std::string text;
    append_code_point(text, point);
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    ASSERT_EQ(find_invalid_utf8(text).has_value(), surrogate) << static_cast<uint32_t>(point);
    if (surrogate) continue;
    size_t at = 0;
    ASSERT_TRUE(next_code_point(text, at) == point) << static_cast<uint32_t>(point);
    ASSERT_EQ(at, text.size());
    ASSERT_EQ(complete_utf8(text), text.size());
    if (text.size() > 1) {
      ASSERT_EQ(complete_utf8(text.substr(0, text.size() - 1)), 0u);
    }
  }
}

// Table 3-7 of the Unicode standard, read the other way: of all sequences of two and three bytes, those are
// valid that some code points spell.
TEST(Utf8, NoOtherSequenceOfUpToThreeBytesIsTaken) {
  std::vector<bool> spelled(1 << 24, false);
  for (char32_t point = 0x80; point <= 0xFFFF; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    std::string text;
    append_code_point(text, point);
    size_t key = 0;
    for (char c : text) key = key << 8 | static_cast<uint8_t>(c);
    spelled[key] = true;
  }
  for (size_t first = 0xC0; first <= 0xFF; ++first) {
    for (size_t second = 0; second <= 0xFF; ++second) {
      const char two[] = {static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(!find_invalid_utf8({two, 2}), spelled[first << 8 | second]) << first << " " << second;
      for (size_t third = 0x70; third <= 0xFF; third += 5) {
        const char three[] = {two[0], two[1], static_cast<char>(third)};
        const bool ends_in_ascii = third < 0x80 && spelled[first << 8 | second];
        const bool valid = spelled[first << 16 | second << 8 | third] || ends_in_ascii;
        ASSERT_EQ(!find_invalid_utf8({three, 3}), valid) << first << " " << second << " " << third;
      }
    }
  }
}

TEST(Utf8, TheFirstWrongByteIsTheOneReported) {
  EXPECT_EQ(find_invalid_utf8("abcdefgh\xFFijk"), 8u);
  EXPECT_EQ(find_invalid_utf8("a\xC3("), 2u);
  EXPECT_EQ(find_invalid_utf8("a\xE2\x82"), 1u);  // cut short: the sequence that is not finished
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 1u);
  EXPECT_EQ(find_invalid_utf8("\xC0\x80"), 0u);
}

TEST(Utf8, ARefusalNamesFileLineAndByte) {
  try {
    require_utf8("one\ntwo\nth\xE9ree\n", {.name = "latin.txt"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("latin.txt:3: byte 11 (0x72) is not UTF-8"), std::string::npos)
        << error.what();
  }
}

TEST(Utf8, AnOriginMovesOnByBytesAndLines) {
  const TextOrigin origin = TextOrigin{.name = "f"}.after("one\ntwo\nth");
  EXPECT_EQ(origin.place("ree\nfour", 5), "f:4: byte 15");
}

}  // namespace
}  // namespace ascender
