// What a trace withstands: a process that is killed, readers beside the writer, damaged files, a full disk.
#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/base/file.h"
#include "ascender/base/random.h"
#include "ascender/record/sqlite.h"
#include "ascender/record/test_folder.h"
#include "ascender/record/trace.h"
#include "ascender/record/trace_reader.h"

namespace ascender {
namespace {

using std::chrono::milliseconds;

double value_at(int64_t step) { return 1.0 / static_cast<double>(step + 1); }

TEST(Trace, LosesNoCommittedRowToKillNine) {
  for (uint64_t round = 0; round < 12; ++round) {
    const TempFolder folder;
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = start_child([&]() -> int {
      Trace trace(folder / "trace.db");
      const MetricId metric = trace.metric("x");
      for (int64_t step = 0;; ++step) {
        trace.log(step, metric, value_at(step));
        if (step % 50 != 0) continue;
        trace.flush();
        if (::write(pipe[1], &step, sizeof step) != sizeof step) return 1;
      }
    });
    ::close(pipe[1]);
    int64_t committed = -1;
    ASSERT_EQ(::read(pipe[0], &committed, sizeof committed), static_cast<ssize_t>(sizeof committed));
    std::this_thread::sleep_for(std::chrono::microseconds(Random({round, Stream::kTest}).below(40'000)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (int64_t step = 0; ::read(pipe[0], &step, sizeof step) == sizeof step;) committed = step;
    ::close(pipe[0]);

    const TraceReader reader(folder / "trace.db");
    reader.verify();
    const std::vector<TracePoint> points = reader.curve("x");
    ASSERT_GE(static_cast<int64_t>(points.size()), committed + 1);
    for (size_t i = 0; i < points.size(); ++i) {
      ASSERT_TRUE(points[i].step == static_cast<int64_t>(i) && points[i].value == value_at(points[i].step))
          << i;
    }
  }
}

TEST(Trace, NeitherBlocksNorFailsBecauseOfReaders) {
  const TempFolder folder;
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  char byte = 0;
  // The reader holds one transaction open over everything that is written after it began.
  const pid_t child = start_child([&]() -> int {
    if (::read(ends[1], &byte, 1) != 1) return 1;
    sqlite3* database = nullptr;
    sqlite3_open_v2((folder / "trace.db").c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
    sqlite3_exec(database, "BEGIN; SELECT count(*) FROM scalars", nullptr, nullptr, nullptr);
    if (::write(ends[1], &byte, 1) != 1) return 1;
    for (;;) ::pause();
  });
  {
    Trace trace(folder / "trace.db");
    const MetricId metric = trace.metric("x");
    trace.log(0, metric, value_at(0));
    trace.flush();
    ASSERT_EQ(::write(ends[0], &byte, 1), 1);
    ASSERT_EQ(::read(ends[0], &byte, 1), 1);
    for (int64_t step = 1; step < 20'000; ++step) {
      trace.log(step, metric, value_at(step));
      if (step % 1000 == 0) trace.flush();
    }
  }
  EXPECT_EQ(TraceReader(folder / "trace.db").last_step(), std::optional<int64_t>(19'999));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  for (int end : ends) ::close(end);
}

TEST(Trace, AReaderSeesOneConsistentPrefixWhileAnotherProcessWrites) {
  const TempFolder folder;
  Trace(folder / "trace.db").close();
  const pid_t child = start_child([&]() -> int {
    Trace trace(folder / "trace.db");
    const MetricId metric = trace.metric("x");
    for (int64_t step = 0;; ++step) {
      trace.log(step, metric, value_at(step));
      if (step % 100 == 0) trace.flush();
    }
  });
  size_t seen = 0;
  for (int i = 0; i < 1000 && seen < 2000; ++i) {
    std::this_thread::sleep_for(milliseconds(1));
    const std::vector<TracePoint> points = TraceReader(folder / "trace.db").curve("x");
    ASSERT_GE(points.size(), seen);
    seen = points.size();
    for (size_t at = 0; at < seen; ++at) ASSERT_EQ(points[at].step, static_cast<int64_t>(at));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_GT(seen, 0U);
}

std::string written_trace(const std::filesystem::path& path) {
  {
    Trace trace(path);
    const MetricId metric = trace.metric("x");
    const MetricId other = trace.metric("y", {{"a", "b"}});
    for (int64_t step = 0; step < 300; ++step) {
      trace.log(step, metric, value_at(step));
      trace.log(step, other, -value_at(step));
    }
    trace.event(4, "sample", "to be or not to be");
  }
  return TraceReader(path).canonical();
}

TEST(Trace, DamageIsNamedAndNeverChangesWhatIsRead) {
  const TempFolder folder;
  const std::string good = written_trace(folder / "trace.db");
  const std::string bytes = read_file(folder / "trace.db");
  Random random({1, Stream::kTest});
  int named = 0;
  for (int i = 0; i < 400; ++i) {
    std::string damaged = bytes;
    const uint64_t bit = random.below(bytes.size() * 8);
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    std::filesystem::remove(folder / "bad.db");  // truncating a file would wait for the disk
    std::ofstream(folder / "bad.db", std::ios::binary) << damaged;
    try {
      EXPECT_EQ(TraceReader(folder / "bad.db").canonical(), good) << bit;
    } catch (const InputError& error) {
      ++named;
      EXPECT_NE(std::string(error.what()).find("bad.db"), std::string::npos);
    } catch (const EnvironmentError&) {  // SQLite found no way to open it
      ++named;
    }
  }
  EXPECT_GT(named, 100);
}

TEST(Trace, TornAndForeignFilesAreNamedByReaderAndWriter) {
  const TempFolder folder;
  written_trace(folder / "trace.db");
  const std::string bytes = read_file(folder / "trace.db");
  const std::filesystem::path bad = folder / "bad.db";
  for (const std::string& text :
       {bytes.substr(0, bytes.size() / 2), bytes.substr(0, 100), std::string(5000, 'x')}) {
    write_file(bad, text);
    EXPECT_THROW(TraceReader(bad).canonical(), InputError);
    EXPECT_THROW(Trace trace(bad), InputError);
  }
  write_file(bad, "");
  EXPECT_THROW(TraceReader reader(bad), InputError);
  EXPECT_THROW(TraceReader reader(folder / "absent.db"), EnvironmentError);
  std::filesystem::remove(bad);
  Database(bad, Database::Mode::kWrite).execute("CREATE TABLE t(x)");
  EXPECT_THROW(Trace trace(bad), InputError);
  EXPECT_THROW(TraceReader reader(bad), InputError);
}

TEST(Trace, AFullDiskIsReportedAndWhatWasCommittedStays) {
  const TempFolder folder;
  const std::optional<int> status = on_small_disk(folder.path(), 1024, [&] {
    int64_t committed = 0;
    std::string said;
    try {
      Trace trace(folder / "trace.db");
      const MetricId metric = trace.metric("x");
      for (int64_t step = 0; step < 1'000'000; ++step) {
        trace.log(step, metric, value_at(step));
        if (step % 100 != 0) continue;
        trace.flush();
        committed = step;
      }
    } catch (const EnvironmentError& error) {
      said = error.what();
    }
    if (said.find("trace.db") == std::string::npos || said.find("full") == std::string::npos) return 1;
    const std::vector<TracePoint> points = TraceReader(folder / "trace.db").curve("x");
    if (committed == 0 || static_cast<int64_t>(points.size()) < committed + 1) return 2;
    for (const TracePoint& point : points) {
      if (point.value != value_at(point.step)) return 3;
    }
    return 0;
  });
  if (!status) GTEST_SKIP() << "this machine does not let a test mount a small disk";
  EXPECT_EQ(*status, 0);
}

TEST(Trace, NamesTheFolderThatCannotBeWritten) {
  const TempFolder folder;
  write_file(folder / "file", "not a folder");
  try {
    Trace trace(folder / "file/trace.db");
    FAIL() << "a file cannot hold a trace";
  } catch (const EnvironmentError& error) {
    EXPECT_NE(std::string(error.what()).find("file/trace.db"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace ascender
