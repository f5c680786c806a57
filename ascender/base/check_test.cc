#include "ascender/base/check.h"

#include <cerrno>
#include <gtest/gtest.h>

#include "ascender/base/error.h"

namespace ascender {
namespace {

TEST(Check, PassesQuietlyAndEvaluatesOnce) {
  int calls = 0;
  ASC_CHECK(++calls == 1, "never");
  EXPECT_EQ(calls, 1);
}

TEST(Check, FailureShowsExpressionPlaceAndValues) {
  const int rows = 3;
  try {
    ASC_CHECK(rows == 4, "[matmul] rows must be {}, got {}", 4, rows);
    FAIL() << "no exception";
  } catch (const BugError& error) {
    const std::string what = error.what();
    EXPECT_TRUE(what.starts_with("ascender/base/check_test.cc:")) << what;
    EXPECT_NE(what.find("rows == 4"), std::string::npos) << what;
    EXPECT_NE(what.find("[matmul] rows must be 4, got 3"), std::string::npos) << what;
  }
}

TEST(Error, NamesTheCallThePathAndTheReason) {
  errno = ENOSPC;
  try {
    throw_errno("write", "/runs/1/trace");
    FAIL() << "no exception";
  } catch (const EnvironmentError& error) {
    EXPECT_EQ(std::string(error.what()), "write /runs/1/trace: No space left on device");
  }
}

}  // namespace
}  // namespace ascender
