// The step as a whole: bits that do not depend on threads or micro-batches of threads, snapshots that hold
// everything.
#include "ascender/train/trainer.h"

#include <cstring>
#include <gtest/gtest.h>

#include "ascender/base/diagnostic.h"
#include "ascender/base/heap_count.h"
#include "ascender/data/testing.h"
#include "ascender/train/run/state.h"

namespace ascender {
namespace {

Config small_addition() {
  Config c(training_schema());
  c.set("model.kind", std::string("looplm"));
  c.set("data.kind", std::string("addition"));
  c.set("model.d", int64_t{96});
  c.set("model.loops", int64_t{3});
  c.set("steps", int64_t{40});
  c.set("batch", int64_t{16});
  c.set("clip.norm", 1.0);
  c.set("schedule.warmup", int64_t{4});
  c.set("optimizer.average", 0.9);
  c.set("threads", int64_t{1});
  return c;
}

// Two steps on a task of this kind, evaluation sets and all that there is by default, few rows each.
Config two_steps(const std::string& model, const std::string& task, const std::filesystem::path& text) {
  Config c(training_schema());
  c.set("model.kind", model);
  c.set("data.kind", task);
  c.set("data.path", text.native());
  c.set("data.cache", text.parent_path().native());
  c.set("model.d", int64_t{96});
  c.set("model.heads", int64_t{2});
  if (task != "addition") c.set("model.code", std::string("none"));
  c.set("eval.loops", std::vector<int64_t>{1, 2});
  c.set("eval.halt.loops", int64_t{2});
  c.set("data.eval_examples", int64_t{2});
  c.set("data.addition.bin_examples", int64_t{2});
  c.set("steps", int64_t{2});
  c.set("batch", int64_t{4});
  c.set("threads", int64_t{1});
  return c;
}

std::vector<std::byte> bytes_of(Trainer& trainer) {
  std::vector<std::byte> out;
  for (const NamedTensor& t : trainer.state()) {
    const auto* data = static_cast<const std::byte*>(t.tensor.data());
    out.insert(out.end(), data, data + t.tensor.bytes());
  }
  return out;
}

TEST(Trainer, LossFalls) {
  Config c = small_addition();
  c.set("optimizer.lr", 3e-3);
  Trainer trainer(c);
  double first = 0, last = 0;
  while (!trainer.finished()) {
    const StepReport r = trainer.step();
    if (trainer.next_step() <= 5) first += r.loss / 5;
    if (trainer.next_step() > 35) last += r.loss / 5;
  }
  EXPECT_LT(last, first - 0.1);
}

TEST(Trainer, GivesTheSameBitsForAnyNumberOfThreads) {
  std::vector<std::byte> reference;
  for (int64_t threads = 1; threads <= 4; ++threads) {
    Config c = small_addition();
    c.set("threads", threads);
    Trainer trainer(c);
    for (int i = 0; i < 12; ++i) trainer.step();
    const std::vector<std::byte> bytes = bytes_of(trainer);
    if (threads == 1) reference = bytes;
    EXPECT_TRUE(bytes == reference) << threads << " threads";
  }
}

TEST(Trainer, AStepTakesNothingFromTheHeapAfterTheFirstSteps) {
  Config gpt(training_schema());
  gpt.set("data.kind", std::string("copy"));
  gpt.set("model.d", int64_t{32});
  gpt.set("threads", int64_t{1});
  Config gated = small_addition();
  gated.set("model.exit", std::string("learned"));
  for (const Config& c : {small_addition(), gated, gpt}) {
    Trainer trainer(c);
    for (int i = 0; i < 8; ++i) trainer.step();  // lengths and loops differ from step to step
    const int64_t before = heap_allocations();
    for (int i = 0; i < 8; ++i) trainer.step();
    EXPECT_EQ(heap_allocations(), before) << c.text("model.kind") << " " << c.text("model.exit");
  }
}

TEST(Trainer, WhatIsOnlyEvaluatedNeedsNoGradientsOrMoments) {
  Config training = small_addition(), evaluated = small_addition();
  evaluated.set("steps", int64_t{0});
  Trainer trainer(training), evaluator(evaluated);
  const auto values = static_cast<double>(trainer.model().parameters().flat_values().bytes());
  EXPECT_EQ(evaluator.estimate().parameters, values);
  EXPECT_EQ(trainer.estimate().parameters, 5 * values);  // gradients, two moments, average
}

TEST(Trainer, ASnapshotRestoresTheWholeTraining) {
  Trainer trainer(small_addition());
  TrainingState state(trainer);
  Snapshot snapshot(state.blobs());
  for (int i = 0; i < 5; ++i) trainer.step();
  snapshot.take(state.meta());
  for (int i = 0; i < 10; ++i) trainer.step();
  const std::vector<std::byte> once = bytes_of(trainer);
  state.accept(snapshot.restore());
  EXPECT_EQ(trainer.next_step(), 5);
  for (int i = 0; i < 10; ++i) trainer.step();
  EXPECT_TRUE(bytes_of(trainer) == once);
}

TEST(Trainer, LeavingAnyRegisteredStateOutOfASnapshotChangesTheBits) {
  Trainer trainer(small_addition());
  TrainingState state(trainer);
  for (int i = 0; i < 24; ++i) trainer.step();  // the average has begun
  const std::vector<Blob> blobs = state.blobs();
  Snapshot whole(blobs);
  whole.take(state.meta());
  for (int i = 0; i < 3; ++i) trainer.step();
  const std::vector<std::byte> reference = bytes_of(trainer);
  for (size_t left_out = 0; left_out < blobs.size(); ++left_out) {
    state.accept(whole.restore());
    std::memset(blobs[left_out].bytes.data(), 0, blobs[left_out].bytes.size());
    for (int i = 0; i < 3; ++i) trainer.step();
    EXPECT_FALSE(bytes_of(trainer) == reference) << blobs[left_out].name;
  }
  state.accept(whole.restore());
  trainer.set_next_step(23);
  for (int i = 0; i < 3; ++i) trainer.step();
  EXPECT_FALSE(bytes_of(trainer) == reference) << "the step";
}

TEST(Trainer, MicroBatchesGiveTheGradientOfTheWholeBatch) {
  Config whole = small_addition(), parts = small_addition();
  parts.set("accumulate", int64_t{4});
  Trainer a(whole), b(parts);
  for (int i = 0; i < 3; ++i) {
    const StepReport ra = a.step(), rb = b.step();
    EXPECT_NEAR(ra.loss, rb.loss, 1e-4 * std::abs(ra.loss));
    EXPECT_NEAR(ra.gradient_norm, rb.gradient_norm, 2e-3 * ra.gradient_norm);
  }
}

TEST(Trainer, EveryModelLearnsAndIsMeasuredOnEveryTask) {
  const testing_data::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "line" + std::to_string(i * 7919 % 1009) + "\n";
  const std::filesystem::path file = folder.file("text.txt", text);
  for (const ModelKind& model : model_kinds()) {
    for (const TaskKind& task : task_kinds()) {
      SCOPED_TRACE(std::string(model.name) + " on " + task.name);
      Trainer trainer(two_steps(model.name, task.name, file));
      while (!trainer.finished()) EXPECT_TRUE(trainer.step().finite);
      const auto measured = trainer.evaluate(2);
      ASSERT_TRUE(measured.has_value());
      EXPECT_FALSE(measured->empty());
    }
  }
}

TEST(Trainer, RefusesANamedSizeWithFewerPositionsThanTheTaskAsksFor) {
  const testing_data::TemporaryFolder folder;
  Config c = two_steps("gpt", "copy", folder.file("text.txt", "x"));
  c.set("model.size", std::string("gpt2"));
  c.set("data.sequence.eval_lengths", std::vector<int64_t>{600});
  const std::string said = testing_data::message_of([&] { Trainer trainer(c); });
  EXPECT_NE(said.find("sequences of 1200 tokens"), std::string::npos) << said;
}

TEST(Trainer, RefusesABatchThatMemoryCannotHold) {
  Config c = small_addition();
  c.set("batch", int64_t{2'000'000'000});
  try {
    Trainer trainer(c);
    FAIL() << "took a batch of two thousand million";
  } catch (const InputError& e) {
    EXPECT_NE(std::string(e.what()).find("GiB"), std::string::npos) << e.what();
  }
}

TEST(Trainer, RefusesAHeadDimThatNoKernelTakes) {
  Config c = small_addition();
  c.set("model.heads", int64_t{16});
  c.set("model.d", int64_t{96});
  try {
    Trainer trainer(c);
    FAIL();
  } catch (const InputError& e) {
    EXPECT_NE(std::string(e.what()).find("head_dim"), std::string::npos) << e.what();
  }
}

TEST(Trainer, LeavesWeightsAloneWhenTheGradientIsNotFinite) {
  Config c = small_addition();
  c.set("optimizer.lr", 1e25);
  c.set("clip.norm", 0.0);
  c.set("schedule.warmup", int64_t{0});
  Trainer trainer(c);
  StepReport r;
  for (int i = 0; i < 40 && r.finite; ++i) r = trainer.step();
  ASSERT_FALSE(r.finite);
  const std::vector<std::byte> before = bytes_of(trainer);
  trainer.step();
  EXPECT_TRUE(bytes_of(trainer) == before);
}

}  // namespace
}  // namespace ascender
