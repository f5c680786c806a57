#include "ascender/train/checkpoint/snapshot.h"

#include <gtest/gtest.h>

#include "ascender/base/check.h"

namespace ascender {
namespace {

struct State {
  std::vector<float> weights = std::vector<float>(700'000);
  std::vector<double> moments = std::vector<double>(3);
  void set(float x) {
    std::fill(weights.begin(), weights.end(), x);
    std::fill(moments.begin(), moments.end(), x);
  }
  std::vector<Blob> blobs() {
    return {{"w", DType::kF32, {700'000}, std::as_writable_bytes(std::span(weights))},
            {"m", DType::kF64, {3}, std::as_writable_bytes(std::span(moments))}};
  }
};

TEST(Snapshot, RestoresEveryByteAndTheMeta) {
  Threads threads(3);
  for (Threads* shared : {static_cast<Threads*>(nullptr), &threads}) {
    State state;
    Snapshot snapshot(state.blobs());
    EXPECT_EQ(snapshot.bytes(), 700'000 * sizeof(float) + 3 * sizeof(double));
    state.set(1.5F);
    const State before = state;
    snapshot.take({42, "meta"}, shared);
    state.set(-2.0F);
    EXPECT_EQ(snapshot.restore(shared), (CheckpointMeta{42, "meta"}));
    EXPECT_EQ(state.weights, before.weights);
    EXPECT_EQ(state.moments, before.moments);
    state.set(3.0F);
    snapshot.restore(shared);  // as often as one likes
    EXPECT_EQ(state.weights, before.weights);
  }
}

TEST(Snapshot, HoldsTheLastTakenState) {
  State state;
  Snapshot snapshot(state.blobs());
  for (int step = 0; step < 3; ++step) {
    state.set(static_cast<float>(step));
    snapshot.take({step, ""});
  }
  state.set(9);
  EXPECT_EQ(snapshot.restore().step, 2);
  EXPECT_EQ(state.weights[0], 2.0F);
}

TEST(Snapshot, CannotRestoreWhatWasNotTaken) {
  State state;
  const Snapshot snapshot(state.blobs());
  EXPECT_FALSE(snapshot.is_taken());
  EXPECT_THROW(snapshot.restore(), BugError);
}

}  // namespace
}  // namespace ascender
