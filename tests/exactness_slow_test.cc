// The same run gives the same bytes for any number of threads, and killed with -9 at random moments and
// resumed the bytes of the run left alone: weights, moments (the last checkpoint's tensors) and the
// deterministic columns of the trace.
#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <thread>

#include "ascender/base/random.h"
#include "ascender/record/run_folder.h"
#include "ascender/record/summary.h"
#include "ascender/record/trace_reader.h"
#include "ascender/train/checkpoint/checkpoint.h"
#include "ascender/train/checkpoint/folder.h"

#include "tests/program.h"

namespace ascender {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kRun = {"run",
                                       std::string(ASCENDER_SOURCE_DIR) + "/experiments/addition.ascend",
                                       "steps=200",
                                       "model.d=96",
                                       "batch=16",
                                       "checkpoint.every=20",
                                       "data.eval_examples=20",
                                       "data.addition.bin_examples=10",
                                       "eval.loops={1, 8}",
                                       "eval.every=70",
                                       "--quiet"};

std::vector<std::string> arguments(std::initializer_list<std::string> more) {
  std::vector<std::string> all = kRun;
  all.insert(all.end(), more);
  return all;
}

struct Evidence {
  std::string trace, weights;
  std::vector<std::byte> state;  // every tensor of the last checkpoint
  int64_t steps = 0;
};

Evidence evidence_of(const fs::path& path) {
  const RunFolder folder = RunFolder::open(path);
  Evidence e;
  e.trace = TraceReader(folder.trace()).canonical();
  const Summary summary = read_summary(folder.summary());
  e.weights = summary.weights_sha256;
  e.steps = summary.steps;
  CheckpointFolder checkpoints(folder.checkpoints(), 100);
  const auto newest = checkpoints.newest();
  EXPECT_TRUE(newest.file.has_value());
  CheckpointInfo info = read_info(*newest.file);
  size_t total = 0;
  for (const Blob& b : info.blobs) total += static_cast<size_t>(b.shape.count() * size_of(b.dtype));
  e.state.resize(total);
  size_t at = 0;
  for (Blob& b : info.blobs) {
    const auto size = static_cast<size_t>(b.shape.count() * size_of(b.dtype));
    b.bytes = std::span(e.state).subspan(at, size);
    at += size;
  }
  read_checkpoint(*newest.file, info.blobs);
  return e;
}

void expect_same(const Evidence& a, const Evidence& b) {
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_TRUE(a.state == b.state) << "weights or moments differ";
  EXPECT_TRUE(a.trace == b.trace) << "the trace's deterministic columns differ";
}

class Exactness : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TestFolder>();
    alone_ = std::make_unique<Evidence>();
    const Finished f = run_program(arguments({"--run", "alone", "threads=1"}), folder_->path());
    ASSERT_EQ(f.exit_code, 0) << f.output;
    *alone_ = evidence_of(folder_->path() / "alone");
    ASSERT_EQ(alone_->steps, 200);
  }
  static void TearDownTestSuite() {
    alone_.reset();
    folder_.reset();
  }
  static inline std::unique_ptr<TestFolder> folder_;
  static inline std::unique_ptr<Evidence> alone_;  // of the run left alone
};

TEST_F(Exactness, ThreadsChangeNoByte) {
  for (const char* threads : {"2", "3", "4"}) {
    const std::string run = std::string("threads-") + threads;
    const Finished f =
        run_program(arguments({"--run", run, std::string("threads=") + threads}), folder_->path());
    ASSERT_EQ(f.exit_code, 0) << f.output;
    expect_same(*alone_, evidence_of(folder_->path() / run));
  }
}

TEST_F(Exactness, KilledTwentyTimesAndResumedItIsTheRunLeftAlone) {
  Random random({41, Stream::kTest});
  std::vector<std::string> command = arguments({"--run", "killed", "threads=2"});
  int kills = 0, rounds = 0;
  for (; rounds < 200; ++rounds) {
    const Program program(command, folder_->path());
    if (kills < 20) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20 + random.below(150)));
      program.signal(SIGKILL);
    }
    const Finished f = program.wait();
    if (f.exit_code == 0) break;
    kills += f.exit_code == -1;
    if (fs::exists(folder_->path() / "killed")) command = {"resume", "killed", "--quiet"};
  }
  ASSERT_LT(rounds, 200);
  EXPECT_EQ(kills, 20) << "the run was too quick to be killed";
  expect_same(*alone_, evidence_of(folder_->path() / "killed"));
  std::printf("killed %d times\n", kills);
}

TEST_F(Exactness, AStopSignalWritesACheckpointAndResumes) {
  for (const auto& [signal, code] : {std::pair{SIGTERM, 75}, std::pair{SIGINT, 130}}) {
    const std::string run = "stopped-" + std::to_string(signal);
    const Program program(arguments({"--run", run, "threads=2"}), folder_->path());
    const fs::path reached = folder_->path() / run / "checkpoints/cp_20.ptz";
    for (int i = 0; i < 3000 && !fs::exists(reached); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    program.signal(signal);
    const Finished f = program.wait();
    if (f.exit_code == 0) GTEST_SKIP() << "the run ended before the signal";
    EXPECT_EQ(f.exit_code, code) << f.output;
    EXPECT_EQ(read_summary(folder_->path() / run / "summary.json").status, RunStatus::kStopped);
    const Finished rest = run_program({"resume", run, "--quiet"}, folder_->path());
    ASSERT_EQ(rest.exit_code, 0) << rest.output;
    expect_same(*alone_, evidence_of(folder_->path() / run));
  }
}

TEST_F(Exactness, ReplayFindsTheSameBytes) {
  const Finished f = run_program({"replay", "alone", "--from", "170"}, folder_->path());
  EXPECT_EQ(f.exit_code, 0) << f.output;
  EXPECT_NE(f.output.find("every byte is the same"), std::string::npos) << f.output;
}

}  // namespace
}  // namespace ascender
