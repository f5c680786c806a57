// What a checkpoint and a snapshot cost on this machine, printed; docs/formats.md cites it. Nothing here is
// gated on time, only on size.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <time.h>
#include <zstd.h>

#include "ascender/base/random.h"
#include "ascender/record/test_folder.h"
#include "ascender/train/checkpoint/checkpoint.h"
#include "ascender/train/checkpoint/snapshot.h"

namespace ascender {
namespace {

constexpr size_t kCount = 8 << 20;

// Weights and Adam's moments as training leaves them: noise with a scale of its own for every row.
struct TrainingState {
  std::vector<float> weights = std::vector<float>(kCount);
  std::vector<float> first = std::vector<float>(kCount);
  std::vector<float> second = std::vector<float>(kCount);

  TrainingState() {
    for (size_t i = 0; i < kCount; ++i) {
      Random random({1, Stream::kTest}, 0, 3 * i);
      const double scale = 1e-3 * std::exp(Random({2, Stream::kTest}, 0, i / 128).normal());
      weights[i] = static_cast<float>(0.02 * random.normal());
      first[i] = static_cast<float>(0.2 * scale * random.normal());
      const double spread = 1 + 0.2 * random.normal();
      second[i] = static_cast<float>(scale * scale * spread * spread);
    }
  }
  std::vector<Blob> blobs() {
    const auto blob = [](const char* name, std::vector<float>& of) {
      return Blob{
          name, DType::kF32, {static_cast<int64_t>(of.size())}, std::as_writable_bytes(std::span(of))};
    };
    return {blob("w", weights), blob("m", first), blob("v", second)};
  }
};

double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The median of five, in seconds of this thread: what else the machine does is left out, and so is the disk.
template <class Call>
double seconds(const Call& call) {
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) {
    const double begin = thread_seconds();
    call();
    times.push_back(thread_seconds() - begin);
  }
  std::sort(times.begin(), times.end());
  return times[2];
}

TEST(CheckpointCost, IsPrintedAndTheFileIsAFifthSmallerThanTheState) {
  const TempFolder folder;
  TrainingState state;
  const std::vector<Blob> blobs = state.blobs();
  const double raw = 3.0 * kCount * sizeof(float);
  for (int level : {CheckpointWriter::kOurs, 1, 2, 3}) {
    CheckpointWriter writer(level);
    size_t bytes = 0;
    const double write_s = seconds([&] { bytes = writer.write(folder / "cp.ptz", {1, "{}"}, blobs); });
    const double read_s = seconds([&] { read_checkpoint(folder / "cp.ptz", blobs); });
    const double verify_s = seconds([&] { verify_checkpoint(folder / "cp.ptz"); });
    const double ratio = static_cast<double>(bytes) / raw;
    printf("level %d: %.3f of raw, write %.0f MB/s, read %.0f MB/s, verify %.0f MB/s\n", level, ratio,
           raw / write_s / 1e6, raw / read_s / 1e6, raw / verify_s / 1e6);
    EXPECT_LT(ratio, level == CheckpointWriter::kOurs ? 1 / 1.2 : 1);
  }
  std::vector<std::byte> packed(ZSTD_compressBound(kCount * sizeof(float)));
  for (const Blob& blob : blobs) {
    const size_t bytes = ZSTD_compress(packed.data(), packed.size(), blob.bytes.data(), blob.bytes.size(), 1);
    printf("%s without planes: %.3f of raw\n", blob.name.c_str(),
           static_cast<double>(bytes) / static_cast<double>(blob.bytes.size()));
  }
}

TEST(SnapshotCost, IsPrinted) {
  TrainingState state;
  Snapshot snapshot(state.blobs());
  const double gigabytes = static_cast<double>(snapshot.bytes()) / 1e9;
  const double take_s = seconds([&] { snapshot.take({1, "{}"}); });
  const double restore_s = seconds([&] { snapshot.restore(); });
  printf("snapshot of %.1f GB: take %.1f GB/s, restore %.1f GB/s\n", gigabytes, gigabytes / take_s,
         gigabytes / restore_s);
  EXPECT_EQ(snapshot.restore().step, 1);
}

}  // namespace
}  // namespace ascender
