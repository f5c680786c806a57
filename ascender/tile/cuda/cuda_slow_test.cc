#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace ascender {
namespace {

// The GPU bodies compile, and their machine code holds tensor-core and asynchronous-copy instructions. The
// toolkit is half a gigabyte: `make cuda` fetches it, and without it there is nothing to compile with.
TEST(CudaTiles, CompileToTensorCoresAndAsynchronousCopies) {
  const std::string source = ASCENDER_SOURCE_DIR;
  const std::string toolkit = source + "/build/cuda";
  if (!std::filesystem::exists(toolkit + "/requirements.installed"))
    GTEST_SKIP() << "no CUDA toolkit: make cuda";
  EXPECT_EQ(std::system((source + "/tools/cuda_build.sh " + toolkit).c_str()), 0);
}

}  // namespace
}  // namespace ascender
