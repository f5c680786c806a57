#include "ascender/tile/roof.h"

#include <cstdlib>
#include <gtest/gtest.h>

#include "ascender/base/file.h"

namespace ascender {
namespace {

TEST(Roof, IsALineBetweenOneThreadAndAll) {
  const Roof r{.flops_one = 100, .flops_all = 280, .threads = 4, .bytes = {}};
  EXPECT_EQ(r.flops(1), 100);
  EXPECT_EQ(r.flops(2), 160);
  EXPECT_EQ(r.flops(4), 280);
  EXPECT_EQ(r.flops(9), 280);
}

TEST(Roof, OfADamagedFileIsUnknownThenMeasuredAndKept) {
  const std::string path = testing::TempDir() + "/roof_test.json";
  setenv("ASCENDER_ROOF", path.c_str(), 1);
  write_file(path, "{ damaged");
  EXPECT_FALSE(roof().has_value());
  Threads threads(1);
  const Roof measured = measure_roof(threads);
  EXPECT_GT(measured.flops_one, 1e8);
  for (const double bytes : measured.bytes) EXPECT_GT(bytes, 1e7);
  ASSERT_TRUE(roof().has_value());
  EXPECT_EQ(roof()->flops_one, measured.flops_one);
  EXPECT_NE(read_file(path).find("flops_one"), std::string::npos);
  unsetenv("ASCENDER_ROOF");
}

}  // namespace
}  // namespace ascender
