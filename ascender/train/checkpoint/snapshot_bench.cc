// What saving costs beside training: a snapshot in memory and a checkpoint on disk every 1000 steps, as the
// ratio of 1000 steps' time to that of one of them.
#include <algorithm>
#include <filesystem>
#include <unistd.h>

#include "ascender/base/clock.h"
#include "ascender/train/checkpoint/folder.h"
#include "ascender/train/checkpoint/snapshot.h"

#include "bench/gpt_training.h"

namespace ascender::bench {
namespace {

namespace fs = std::filesystem;
constexpr int kSteps = 1000;

std::vector<Blob> blobs_of(const GptTraining& training) {
  std::vector<Blob> out;
  for (const NamedTensor& t : training.state()) {
    out.push_back(
        {t.name, t.tensor.dtype(), t.tensor.shape(),
         std::span(static_cast<std::byte*>(t.tensor.data()), static_cast<size_t>(t.tensor.bytes()))});
  }
  return out;
}

bool same_bytes(const std::vector<Blob>& a, const std::vector<std::vector<std::byte>>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (!std::ranges::equal(a[i].bytes, b[i])) return false;
  }
  return true;
}

class Saving {
 public:
  Saving(Run& run, const GptCase& c) : run_(run), name_(c.name), training_(c, run.options().threads) {
    training_.step();
    blobs_ = blobs_of(training_);
  }

  void snapshot() {
    Snapshot snapshot(blobs_);
    const auto copies = copy();
    snapshot.take({1, "{}"}, &training_.threads());
    training_.step();
    snapshot.restore();
    ASC_CHECK(same_bytes(blobs_, copies), "{}: a snapshot gave back other bytes", name_);
    report(
        "snapshot",
        [&] {
          snapshot.take({1, "{}"}, &training_.threads());
        },
        0.005);
  }

  void checkpoint() {
    const fs::path folder = fs::temp_directory_path() / fmt::format("ascender-bench-{}", getpid());
    fs::create_directories(folder);
    {
      CheckpointFolder checkpoints(folder, 1);
      int64_t step = 0;
      const auto save = [&] { return checkpoints.save({++step, "{}"}, blobs_); };
      const auto copies = copy();
      save();
      training_.step();
      read_checkpoint(checkpoints.file_of(step), blobs_);
      ASC_CHECK(same_bytes(blobs_, copies), "{}: a checkpoint gave back other bytes", name_);
      report("checkpoint", save, 0.01);
    }
    fs::remove_all(folder);
  }

 private:
  std::vector<std::vector<std::byte>> copy() const {
    std::vector<std::vector<std::byte>> out;
    for (const Blob& blob : blobs_) out.emplace_back(blob.bytes.begin(), blob.bytes.end());
    return out;
  }

  void report(const char* what, const Work& save, double share) {
    const std::string name = fmt::format("{} {}", what, name_);
    if (!run_.wants(name)) return;
    const Sampler step = sampler([&] { training_.step(); }, kLongSample);
    const Sampler saving = [&] {  // by the wall: a disk is waited for
      const double begin = seconds_now();
      save();
      return seconds_now() - begin;
    };
    const Comparison both = compare(
        saving, [&] { return kSteps * step(); }, run_.options());
    run_.report({.name = name,
                 .time = both.ours,
                 .peer = fmt::format("{} steps without", kSteps),
                 .ratio = both.ratio,
                 .goal = 1 / share});
  }

  Run& run_;
  std::string name_;
  GptTraining training_;
  std::vector<Blob> blobs_;
};

ASC_BENCH(snapshot, "a snapshot in memory and a checkpoint on disk, beside 1000 steps of training") {
  for (const GptCase& c : kGptCases) {
    if (c.large) continue;  // the same state as the one before it
    Saving saving(run, c);
    saving.snapshot();
    saving.checkpoint();
  }
}

}  // namespace
}  // namespace ascender::bench
