// Counts what a thread allocates, by operator new of this whole program.
#include <cstdlib>
#include <gtest/gtest.h>
#include <new>

#include "ascender/record/test_folder.h"
#include "ascender/record/trace.h"

// The pair below matches; the compiler sees only one half of it inlined.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace {
thread_local int64_t num_allocations = 0;
}  // namespace

void* operator new(size_t bytes) {
  ++num_allocations;
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace ascender {
namespace {

TEST(Trace, LogAllocatesNothing) {
  const TempFolder folder;
  Trace trace(folder / "trace.db");
  const MetricId metric = trace.metric("x");
  const int64_t before = num_allocations;
  for (int64_t step = 0; step < 50'000; ++step) trace.log(step, metric, 1);
  EXPECT_EQ(num_allocations, before);
  trace.event(0, "what", "allocates, so that the count is seen to count");
  EXPECT_GT(num_allocations, before);
}

}  // namespace
}  // namespace ascender
