#include <gtest/gtest.h>

#include "ascender/base/heap_count.h"
#include "ascender/record/test_folder.h"
#include "ascender/record/trace.h"

namespace ascender {
namespace {

TEST(Trace, LogAllocatesNothing) {
  const TempFolder folder;
  Trace trace(folder / "trace.db");
  const MetricId metric = trace.metric("x");
  const int64_t before = heap_allocations();
  for (int64_t step = 0; step < 50'000; ++step) trace.log(step, metric, 1);
  EXPECT_EQ(heap_allocations(), before);
  trace.event(0, "what", "allocates, so that the count is seen to count");
  EXPECT_GT(heap_allocations(), before);
}

}  // namespace
}  // namespace ascender
