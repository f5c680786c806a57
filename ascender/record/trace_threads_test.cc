#include <atomic>
#include <gtest/gtest.h>
#include <thread>

#include "ascender/record/test_folder.h"
#include "ascender/record/trace.h"
#include "ascender/record/trace_reader.h"

namespace ascender {
namespace {

TEST(Trace, WriterAndReaderThreadsShareOnlyTheFile) {
  const TempFolder folder;
  Trace trace(folder / "trace.db");
  std::atomic<bool> done = false;
  size_t seen = 0;
  std::jthread reader([&] {
    const TraceReader file(folder / "trace.db");
    while (!done) seen = std::max(seen, file.curve("x").size());
    seen = file.curve("x").size();
  });
  const MetricId metric = trace.metric("x");
  for (int64_t step = 0; step < 3000; ++step) {
    trace.log(step, metric, 0.5);
    if (step % 100 == 0) trace.event(step, "sample", "text");
    if (step % 500 == 0) trace.flush();
    if (step == 1000) trace.metric("late");
  }
  trace.flush();
  trace.delete_after(1999);
  trace.flush();
  done = true;
  reader.join();
  EXPECT_EQ(seen, 2000U);
}

}  // namespace
}  // namespace ascender
