#include "ascender/train/checkpoint/folder.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <signal.h>
#include <thread>

#include "ascender/base/error.h"
#include "ascender/base/file.h"
#include "ascender/base/random.h"
#include "ascender/record/test_folder.h"

namespace ascender {
namespace {

// A state whose every element says the step.
struct State {
  std::vector<float> weights;
  std::vector<Blob> blobs;
  explicit State(size_t count = 100) : weights(count) {
    blobs = {{"w", DType::kF32, {static_cast<int64_t>(count)}, std::as_writable_bytes(std::span(weights))}};
  }
  void set(int64_t step) { std::fill(weights.begin(), weights.end(), static_cast<float>(step)); }
  bool is(int64_t step) const {
    return std::ranges::all_of(weights, [&](float w) { return w == static_cast<float>(step); });
  }
};

void save(CheckpointFolder& folder, State& state, int64_t step, bool is_best = false) {
  state.set(step);
  folder.save({step, "{}"}, state.blobs);
  if (is_best) folder.mark_best(step);
  folder.prune();
}

void flip_a_byte(const std::filesystem::path& file) {
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] ^= 0x10;
  write_file(file, bytes);
}

using Steps = std::vector<int64_t>;

TEST(CheckpointFolder, KeepsTheLastOnesAndTheBest) {
  const TempFolder root;
  CheckpointFolder folder(root.path(), 2);
  State state;
  for (int64_t step = 100; step <= 1000; step += 100) save(folder, state, step, step == 200 || step == 400);
  EXPECT_EQ(folder.steps(), (Steps{400, 900, 1000}));
  EXPECT_EQ(folder.best().file, root / "cp_400.ptz");
  EXPECT_EQ(folder.newest().step, 1000);
  EXPECT_TRUE(folder.newest().warnings.empty());
  read_checkpoint(*folder.newest().file, state.blobs);
  EXPECT_TRUE(state.is(1000));
}

TEST(CheckpointFolder, PassesOverDamagedOnesAndNamesThem) {
  const TempFolder root;
  State state;
  {
    CheckpointFolder folder(root.path(), 4);
    for (int64_t step = 1; step <= 4; ++step) save(folder, state, step);
  }
  flip_a_byte(root / "cp_4.ptz");
  write_file(root / "cp_3.ptz", "foreign");
  CheckpointFolder folder(root.path(), 4);
  const CheckpointFolder::Found found = folder.newest();
  EXPECT_EQ(found.step, 2);
  ASSERT_EQ(found.warnings.size(), 2U);
  EXPECT_NE(found.warnings[0].message.find("cp_4.ptz is damaged"), std::string::npos);
  EXPECT_NE(found.warnings[1].message.find("cp_3.ptz is not a checkpoint"), std::string::npos);
  EXPECT_FALSE(folder.at(4).file);
  EXPECT_EQ(folder.at(1).file, root / "cp_1.ptz");
}

TEST(CheckpointFolder, NeverRemovesTheLastGoodOne) {
  const TempFolder root;
  State state;
  {
    CheckpointFolder folder(root.path(), 3);
    for (int64_t step = 1; step <= 3; ++step) save(folder, state, step);
  }
  flip_a_byte(root / "cp_2.ptz");
  flip_a_byte(root / "cp_3.ptz");
  CheckpointFolder folder(root.path(), 2);
  save(folder, state, 4);
  EXPECT_EQ(folder.steps(), (Steps{1, 2, 3, 4}));  // 1 is the second good one
  save(folder, state, 5);
  EXPECT_EQ(folder.steps(), (Steps{4, 5}));
}

TEST(CheckpointFolder, WithNothingGoodSaysWhyAndFindsNothing) {
  const TempFolder root;
  CheckpointFolder folder(root.path(), 2);
  EXPECT_FALSE(folder.newest().file);
  EXPECT_FALSE(folder.best().file);
  write_file(root / "cp_7.ptz", "");
  write_file(root / "cp_x.ptz", "another name is no checkpoint");
  const CheckpointFolder::Found found = folder.newest();
  EXPECT_FALSE(found.file);
  EXPECT_EQ(found.warnings.size(), 1U);
  EXPECT_THROW(CheckpointFolder(root / "absent", 1).newest(), EnvironmentError);
}

TEST(CheckpointFolder, RemovesWhatAResumeWillWriteAgain) {
  const TempFolder root;
  CheckpointFolder folder(root.path(), 5);
  State state;
  for (int64_t step = 1; step <= 5; ++step) save(folder, state, step);
  folder.delete_after(3);
  EXPECT_EQ(folder.steps(), (Steps{1, 2, 3}));
}

TEST(CheckpointFolder, KilledWhileWritingKeepsTheOneBefore) {
  for (uint64_t round = 0; round < 10; ++round) {
    const TempFolder root;
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = start_child([&]() -> int {
      CheckpointFolder folder(root.path(), 2);
      State state(1 << 20);
      for (int64_t step = 1;; ++step) {
        save(folder, state, step, step == 1);
        if (::write(pipe[1], &step, sizeof step) != sizeof step) return 1;
      }
    });
    ::close(pipe[1]);
    int64_t saved = 0;
    ASSERT_EQ(::read(pipe[0], &saved, sizeof saved), static_cast<ssize_t>(sizeof saved));
    std::this_thread::sleep_for(std::chrono::microseconds(Random({round, Stream::kTest}).below(60'000)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (int64_t step = 0; ::read(pipe[0], &step, sizeof step) == sizeof step;) saved = step;
    ::close(pipe[0]);

    CheckpointFolder folder(root.path(), 2);
    const CheckpointFolder::Found found = folder.newest();
    ASSERT_TRUE(found.file && found.step >= saved && found.warnings.empty());
    State state(1 << 20);
    EXPECT_EQ(read_checkpoint(*found.file, state.blobs).step, found.step);
    EXPECT_TRUE(state.is(found.step));
    ASSERT_EQ(folder.best().step, 1);
    save(folder, state, found.step + 1);
    for (const auto& entry : std::filesystem::directory_iterator(root.path())) {
      EXPECT_EQ(entry.path().native().find(".tmp."), std::string::npos) << entry.path();
    }
  }
}

TEST(CheckpointFolder, AFullDiskLeavesTheGoodOnes) {
  const TempFolder root;
  const std::optional<int> status = on_small_disk(root.path(), 3000, [&] {
    CheckpointFolder folder(root.path(), 5);
    State state(250'000);
    Random random({1, Stream::kTest});
    int64_t step = 0;
    std::string said;
    try {
      for (;;) {
        for (float& w : state.weights) w = static_cast<float>(random.normal());
        folder.save({step + 1, "{}"}, state.blobs);
        folder.prune();
        ++step;
      }
    } catch (const EnvironmentError& error) {
      said = error.what();
    }
    if (step == 0 || said.find("No space left") == std::string::npos || said.find("cp_") == std::string::npos)
      return 1;
    const CheckpointFolder::Found found = CheckpointFolder(root.path(), 5).newest();
    if (found.step != step || !found.warnings.empty()) return 2;
    read_checkpoint(*found.file, state.blobs);
    return static_cast<int64_t>(folder.steps().size()) == step ? 0 : 3;
  });
  if (!status) GTEST_SKIP() << "this machine does not let a test mount a small disk";
  EXPECT_EQ(*status, 0);
}

}  // namespace
}  // namespace ascender
