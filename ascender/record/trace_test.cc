#include "ascender/record/trace.h"

#include <bit>
#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <thread>

#include "ascender/base/check.h"
#include "ascender/record/sqlite.h"
#include "ascender/record/test_folder.h"
#include "ascender/record/trace_reader.h"

namespace ascender {
namespace {

using std::chrono::milliseconds;

std::vector<double> values(const std::vector<TracePoint>& points) {
  std::vector<double> out;
  for (const TracePoint& point : points) out.push_back(point.value);
  return out;
}

double value_at(int64_t step) { return 1.0 / static_cast<double>(step + 1); }

TEST(Trace, KeepsTheBitsOfEveryDouble) {
  const TempFolder folder;
  const double nan_with_payload = std::bit_cast<double>(uint64_t{0x7ff8'0000'dead'beef});
  const std::vector<double> written{0.0,
                                    -0.0,
                                    1.0 / 3,
                                    1e300,
                                    std::numeric_limits<double>::denorm_min(),
                                    4.0,
                                    -17.0,
                                    9007199254740993.0,
                                    nan_with_payload,
                                    -std::nan(""),
                                    std::numeric_limits<double>::infinity(),
                                    -std::numeric_limits<double>::infinity()};
  {
    Trace trace(folder / "trace.db");
    const MetricId metric = trace.metric("x");
    for (size_t i = 0; i < written.size(); ++i) trace.log(static_cast<int64_t>(i), metric, written[i]);
  }
  const std::vector<TracePoint> read = TraceReader(folder / "trace.db").curve("x");
  ASSERT_EQ(read.size(), written.size());
  for (size_t i = 0; i < written.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint64_t>(read[i].value), std::bit_cast<uint64_t>(written[i])) << i;
  }
}

TEST(Trace, TellsMetricsApartByLabelsInAnyOrder) {
  const TempFolder folder;
  {
    Trace trace(folder / "trace.db");
    const MetricId a = trace.metric("eval.loss", {{"split", "val"}, {"loops", "4"}});
    const MetricId b = trace.metric("eval.loss", {{"split", "val"}, {"loops", "8"}});
    EXPECT_NE(a, b);
    EXPECT_EQ(a, trace.metric("eval.loss", {{"loops", "4"}, {"split", "val"}}));
    trace.log(1, a, 4);
    trace.log(1, b, 8);
  }
  const TraceReader reader(folder / "trace.db");
  EXPECT_EQ(values(reader.curve("eval.loss", "loops=4,split=val")), std::vector<double>{4});
  EXPECT_EQ(values(reader.curve("eval.loss", "loops=8,split=val")), std::vector<double>{8});
  EXPECT_TRUE(reader.curve("eval.loss").empty());
  EXPECT_EQ(reader.metrics().size(), 2U);
}

TEST(Trace, RefusesNamesThatCannotBeStored) {
  const TempFolder folder;
  Trace trace(folder / "trace.db");
  EXPECT_THROW(trace.metric("has space"), BugError);
  EXPECT_THROW(trace.metric(""), BugError);
  EXPECT_THROW(trace.metric("x", {{"a", "b,c"}}), BugError);
  trace.metric("y", {}, Kind::kVolatile);
  EXPECT_THROW(trace.metric("y"), BugError);
}

TEST(Trace, ExportsEqualBytesForEqualRunsWhateverTheClockAndTheOrderOfFirstUse) {
  const TempFolder folder;
  const auto write = [&](const std::string& name, bool swapped) {
    Trace trace(folder / name);
    if (swapped) trace.metric("b");
    const MetricId a = trace.metric("a");
    const MetricId b = trace.metric("b");
    const MetricId time = trace.metric("ms", {}, Kind::kVolatile);
    for (int64_t step = 0; step < 20; ++step) {
      trace.log(step, swapped ? b : a, swapped ? 2.5 : 0.1);
      trace.log(step, swapped ? a : b, swapped ? 0.1 : 2.5);
      trace.log(step, time, swapped ? 1 : 2);
    }
    trace.event(7, "nan", "loss");
    trace.note(9, "resumed", name);
  };
  write("one.db", false);
  write("two.db", true);
  const std::string one = TraceReader(folder / "one.db").canonical();
  EXPECT_EQ(one, TraceReader(folder / "two.db").canonical());
  EXPECT_TRUE(one.starts_with(
      "ascender trace 1\nscalar 0 0 a - 3fb999999999999a\nscalar 0 0 b - 4004000000000000\n"));
  EXPECT_TRUE(one.ends_with("event 0 7 \"nan\" \"loss\"\n")) << one;
  EXPECT_EQ(one.find("ms"), std::string::npos);
}

TEST(Trace, CommitsByItselfSoThatAnotherProcessSeesRows) {
  const TempFolder folder;
  Trace trace(folder / "trace.db");
  trace.log(3, trace.metric("x"), 1);
  const TraceReader reader(folder / "trace.db");
  for (int i = 0; i < 1000 && !reader.last_step(); ++i) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(reader.last_step(), std::optional<int64_t>(3));
}

TEST(Trace, KeepsRowsInOrderWhenMoreComeThanFitInMemory) {
  const TempFolder folder;
  constexpr int64_t kMany = 100'000;
  {
    Trace trace(folder / "trace.db");
    const MetricId metric = trace.metric("x");
    for (int64_t step = 0; step < kMany; ++step) trace.log(step, metric, value_at(step));
  }
  const std::vector<TracePoint> points = TraceReader(folder / "trace.db").curve("x");
  ASSERT_EQ(points.size(), static_cast<size_t>(kMany));
  for (int64_t step = 0; step < kMany; ++step) {
    const TracePoint& point = points[static_cast<size_t>(step)];
    ASSERT_TRUE(point.step == step && point.value == value_at(step)) << step;
  }
}

TEST(Trace, ResumedAndRepeatedWorkLeavesTheSameExactRows) {
  const TempFolder folder;
  const auto work = [](Trace& trace, int64_t begin, int64_t end) {
    const MetricId loss = trace.metric("loss");
    for (int64_t step = begin; step < end; ++step) {
      trace.log(step, loss, value_at(step));
      if (step % 3 == 0) trace.event(step, "sample", "text " + std::to_string(step));
    }
  };
  {
    Trace trace(folder / "straight.db");
    work(trace, 0, 30);
  }
  {
    Trace trace(folder / "resumed.db");
    work(trace, 0, 20);
    trace.note(20, "signal", "killed");
  }
  {
    Trace trace(folder / "resumed.db");
    trace.delete_after(12);
    EXPECT_EQ(TraceReader(folder / "resumed.db").last_step(), std::optional<int64_t>(12));
    work(trace, 12, 30);  // step 12 again: after its checkpoint nothing says that it was logged
  }
  const TraceReader resumed(folder / "resumed.db");
  EXPECT_EQ(resumed.canonical(), TraceReader(folder / "straight.db").canonical());
  ASSERT_EQ(resumed.notes().size(), 1U);
  EXPECT_EQ(resumed.notes()[0].text, "killed");
}

TEST(Trace, BranchesLeaveWhatWasWrittenBefore) {
  const TempFolder folder;
  {
    Trace trace(folder / "trace.db");
    const MetricId loss = trace.metric("loss");
    for (int64_t step = 1; step <= 10; ++step) trace.log(step, loss, 1);
    EXPECT_EQ(trace.start_branch(5), 1);
    for (int64_t step = 6; step <= 8; ++step) trace.log(step, loss, 2);
  }
  {
    const TraceReader reader(folder / "trace.db");
    EXPECT_EQ(reader.curve("loss").size(), 10U);
    EXPECT_EQ(values(reader.curve("loss", "", 1)), (std::vector<double>{2, 2, 2}));
    EXPECT_NE(reader.canonical().find("branch 1 0 5\n"), std::string::npos);
  }
  Trace trace(folder / "trace.db", 0);
  trace.delete_after(9);  // a checkpoint of before the branch
  trace.close();
  const TraceReader reader(folder / "trace.db");
  EXPECT_EQ(reader.curve("loss").size(), 9U);
  EXPECT_TRUE(reader.curve("loss", "", 1).empty());
}

TEST(Trace, SaysInTheFileWhichColumnsAreVolatile) {
  const TempFolder folder;
  Trace(folder / "trace.db").close();
  const Database database(folder / "trace.db", Database::Mode::kRead);
  const int64_t unmarked = database.integer(
      "SELECT count(*) FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' AND "
      "t.name <> "
      "'columns' AND NOT EXISTS (SELECT 1 FROM columns WHERE table_name = t.name AND column_name = c.name)");
  EXPECT_EQ(unmarked, 0);
  EXPECT_EQ(database.integer("SELECT kind = 'volatile' FROM columns WHERE table_name = 'scalars' AND "
                             "column_name = 'wall_us'"),
            1);
}

TEST(Trace, IsOneFileWhenClosed) {
  const TempFolder folder;
  {
    Trace trace(folder / "trace.db");
    trace.log(0, trace.metric("x"), 1);
  }
  EXPECT_EQ(TraceReader(folder / "trace.db").last_step(), std::optional<int64_t>(0));
  EXPECT_FALSE(std::filesystem::exists(folder / "trace.db-wal"));
}

}  // namespace
}  // namespace ascender
