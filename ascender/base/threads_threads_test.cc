#include "ascender/base/threads.h"

#include <atomic>
#include <gtest/gtest.h>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "ascender/base/check.h"

namespace ascender {
namespace {

class ThreadsTest : public testing::TestWithParam<int> {};

TEST_P(ThreadsTest, EveryTaskRunsExactlyOnce) {
  Threads threads(GetParam());
  for (int64_t n : {0, 1, 2, 3, 7, 64, 1001}) {
    std::vector<int> runs(static_cast<size_t>(n));  // one writer a slot: the partition must be disjoint
    threads.parallel(n, [&](int64_t i) { ++runs[static_cast<size_t>(i)]; });
    EXPECT_EQ(std::count(runs.begin(), runs.end(), 1), n);
  }
}

TEST_P(ThreadsTest, NobodyWaitsForTasksThatAnotherHasNotBegun) {
  Threads threads(GetParam());
  constexpr int64_t kTasks = 37;
  const int64_t blocked =
      threads.count() == 1 ? kTasks - 1 : kTasks * (threads.count() - 1) / threads.count();
  for (int round = 0; round < 20; ++round) {
    std::atomic<int64_t> others = 0;
    threads.parallel(kTasks, [&](int64_t i) {
      if (i != blocked) {
        ++others;
        return;
      }
      while (others < kTasks - 1) std::this_thread::yield();  // somebody else runs the rest of this share
    });
    EXPECT_EQ(others, kTasks - 1);
  }
}

TEST_P(ThreadsTest, ManyTinyRegionsSeeEachOthersWrites) {
  Threads threads(GetParam());
  std::vector<int64_t> values(8, 0);
  for (int region = 0; region < 1000; ++region) {
    const int64_t before = std::accumulate(values.begin(), values.end(), int64_t{0});
    ASSERT_EQ(before, region * 8);
    threads.parallel(8, [&](int64_t i) { ++values[static_cast<size_t>(i)]; });
  }
}

TEST_P(ThreadsTest, ACallFromInsideATaskRunsInline) {
  Threads threads(GetParam());
  std::vector<int64_t> sums(16, 0);
  threads.parallel(16, [&](int64_t i) {
    const int outer = Threads::worker();
    threads.parallel(10, [&](int64_t j) {
      EXPECT_EQ(Threads::worker(), outer);
      sums[static_cast<size_t>(i)] += j;
    });
  });
  EXPECT_EQ(sums, std::vector<int64_t>(16, 45));
}

TEST_P(ThreadsTest, AnExceptionReachesTheCallerAndThePoolLivesOn) {
  Threads threads(GetParam());
  for (int64_t bad : {0, 9, 19}) {
    EXPECT_THROW(threads.parallel(20,
                                  [&](int64_t i) {
                                    if (i == bad) throw std::runtime_error("task");
                                  }),
                 std::runtime_error);
    std::atomic<int> runs = 0;
    threads.parallel(20, [&](int64_t) { ++runs; });
    EXPECT_EQ(runs, 20);
  }
}

TEST_P(ThreadsTest, ExceptionsOfEveryTaskGiveOne) {
  Threads threads(GetParam());
  EXPECT_THROW(threads.parallel(50, [](int64_t) { throw std::runtime_error("all"); }), std::runtime_error);
  threads.parallel(50, [](int64_t) {});  // nothing is left over
}

TEST_P(ThreadsTest, StartsAndStopsWithoutWork) {
  for (int round = 0; round < 20; ++round) {
    const Threads idle(GetParam());
    EXPECT_EQ(idle.count(), GetParam());
  }
  EXPECT_EQ(Threads::worker(), 0);
}

INSTANTIATE_TEST_SUITE_P(Counts, ThreadsTest, testing::Values(1, 2, 3, 4));

TEST(Threads, TwoPoolsDoNotDisturbEachOther) {
  Threads first(2), second(3);
  std::atomic<int> runs = 0;
  for (int round = 0; round < 100; ++round) {
    first.parallel(4, [&](int64_t) { ++runs; });
    second.parallel(6, [&](int64_t) { ++runs; });
  }
  EXPECT_EQ(runs, 1000);
}

TEST(Threads, AskingForNoneIsABug) { EXPECT_THROW(Threads(0), BugError); }

}  // namespace
}  // namespace ascender
