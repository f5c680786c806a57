#include "ascender/base/hash.h"

#include <gtest/gtest.h>

namespace ascender {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// FIPS 180-4's examples.
TEST(Sha256, GivesKnownAnswers) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheInputIsCut) {
  Sha256 pieces;
  pieces.update("a");
  pieces.update(bytes("b"));
  pieces.update("");
  pieces.update("c");
  EXPECT_EQ(pieces.hex(), sha256_hex("abc"));
}

// The values of the xxHash specification's sanity checks (python-xxhash prints the same).
TEST(Xxh64, GivesKnownAnswers) {
  EXPECT_EQ(xxh64({}), 0xef46db3751d8e999ULL);
  EXPECT_EQ(xxh64(bytes("a")), 0xd24ec4f1a98c6e5bULL);
  EXPECT_EQ(xxh64(bytes("abc")), 0x44bc2cf5ad770999ULL);
  EXPECT_NE(xxh64(bytes("abc"), 1), xxh64(bytes("abc")));
}

}  // namespace
}  // namespace ascender
