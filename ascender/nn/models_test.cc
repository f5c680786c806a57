// Every model's gradient against finite differences in double precision, through the whole tape.
#include "ascender/nn/models.h"

#include <cmath>
#include <gtest/gtest.h>

#include "ascender/nn/gpt/gpt.h"
#include "ascender/nn/looplm/looplm.h"
#include "ascender/nn/microgpt/microgpt.h"

namespace ascender {
namespace {

constexpr int64_t kVocab = 13;

struct Fixture {
  Threads threads{2};
  Arena scratch{size_t{1} << 32};
  Context context{threads, scratch};
  std::vector<int32_t> tokens, targets, ids;
  ModelInput input;

  // A batch [B,T]; the answer begins at `answer` and only it is asked.
  Fixture(int64_t B, int64_t T, int64_t answer, int classes) {
    Random random({7, Stream::kTest});
    for (int64_t i = 0; i < B * T; ++i) {
      const int64_t t = i % T;
      tokens.push_back(static_cast<int32_t>(random.below(kVocab)));
      targets.push_back(
          answer < T && t < answer ? -1 : static_cast<int32_t>(random.below(static_cast<uint64_t>(classes))));
      ids.push_back(t % 4 == 3 ? -2 : static_cast<int32_t>(t % 4));
    }
    input.tokens = Tensor(tokens.data(), DType::kI32, {B, T});
    input.targets = Tensor(targets.data(), DType::kI32, {B, T});
    input.ids = Tensor(ids.data(), DType::kI32, {B, T});
    input.answer_begin = answer;
    input.seed = 3;
    input.step = 90;
    input.total_steps = 100;
    input.training = true;
  }
};

// The largest relative error over a few coordinates of every parameter.
double worst_gradient_error(Model& model, Fixture& f, const TapeOptions& options = {}) {
  model.initialise(5);
  Tape tape(f.context, options);
  model.parameters().bind(tape);
  const Tensor gradients = model.parameters().flat_gradients();
  std::fill_n(gradients.as<double>(), gradients.count(), 0.0);
  model.loss(tape, f.input);
  tape.backward();
  const auto loss = [&] {
    tape.reset();
    tape.set_recording(false);
    const double value = model.loss(tape, f.input);
    tape.set_recording(true);
    return value;
  };
  Random random({11, Stream::kTest});
  double worst = 0;
  for (int p = 0; p < model.parameters().size(); ++p) {
    double* w = model.parameters().value(p).as<double>();
    const int64_t n = model.parameters()[p].shape.count();
    for (int trial = 0; trial < 3; ++trial) {
      const auto i = static_cast<int64_t>(random.below(static_cast<uint64_t>(n)));
      const double at = w[i], h = 1e-5;
      w[i] = at + h;
      const double above = loss();
      w[i] = at - h;
      const double below = loss();
      w[i] = at;
      const double numeric = (above - below) / (2 * h), ours = model.parameters().gradient(p).as<double>()[i];
      const double error = std::abs(numeric - ours) / std::max({std::abs(numeric), std::abs(ours), 1e-4});
      EXPECT_LT(error, 2e-4) << model.parameters()[p].name << "[" << i << "]: " << ours << " against "
                             << numeric;
      worst = std::max(worst, error);
    }
  }
  return worst;
}

LoopLmConfig small_loop() {
  LoopLmConfig c;
  c.d = 72;
  c.heads = 2;
  c.ffn = 24;
  c.loops.loops = 3;
  c.loops.draw = LoopDraw::kFixed;
  c.num_ids = 4;
  c.dtype = DType::kF64;
  return c;
}

TEST(LoopLm, GradientIsThatOfItsLoss) {
  Fixture f(3, 9, 5, 10);
  LoopLm model(small_loop());
  worst_gradient_error(model, f);
}

TEST(LoopLm, GradientHoldsForEveryVariant) {
  Fixture f(2, 8, 4, 10);
  std::vector<LoopLmConfig> variants(10, small_loop());
  variants[0].causal = true;
  variants[1].think_at_answer = false;
  variants[2].prelude = 1;
  variants[2].coda = 1;
  variants[3].sandwich = false;
  variants[4].injection = Injection::kConcat;
  variants[5].code = CodeKind::kLearned;
  variants[6].code = CodeKind::kNone;
  variants[6].activation = Activation::kSwiGlu;
  variants[7].loss_at = LossAt::kEvery;
  variants[7].layers = 2;
  variants[8].gate = true;
  variants[9].code = CodeKind::kAbacus;
  for (const LoopLmConfig& c : variants) {
    LoopLm model(c);
    worst_gradient_error(model, f);
  }
}

TEST(LoopLm, OneLoopOfTheAnswerOnlyEqualsTheFullModel) {
  // A position outside the answer is read by keys and values of its embedding; with one loop that is what the
  // full model does too (systems/addition.md).
  Fixture f(2, 8, 4, 10);
  LoopLmConfig c = small_loop();
  c.loops.loops = 1;
  LoopLm answer_only(c);
  c.think_at_answer = false;
  LoopLm full(c);
  answer_only.initialise(5);
  full.initialise(5);
  Tape tape_a(f.context), tape_b(f.context);
  answer_only.parameters().bind(tape_a);
  full.parameters().bind(tape_b);
  EXPECT_NEAR(answer_only.loss(tape_a, f.input), full.loss(tape_b, f.input), 1e-12);
}

TEST(LoopLm, ThinkingLongerTakesNoMoreMemory) {
  struct Ignore : LoopVisitor {
    bool visit(const LoopView&) override { return true; }
  } ignore;
  Fixture f(2, 8, 4, 10);
  LoopLm model(small_loop());
  model.initialise(5);
  Tape tape(f.context);
  model.parameters().bind(tape);
  const auto peak_of = [&](int loops) {
    tape.reset();
    tape.activations().reset_peak();
    model.predict(tape, f.input, loops, ignore);
    return tape.peak_activation_bytes();
  };
  EXPECT_EQ(peak_of(2), peak_of(32));
}

GptConfig small_gpt() {
  GptConfig c;
  c.d = 16;
  c.heads = 4;
  c.key_heads = 4;
  c.ffn = 24;
  c.layers = 2;
  c.vocab = kVocab;
  c.context = 12;
  c.dtype = DType::kF64;
  return c;
}

TEST(Gpt, GradientHoldsForEveryVariant) {
  Fixture f(2, 7, 7, static_cast<int>(kVocab));
  std::vector<GptConfig> variants(7, small_gpt());
  variants[1].bias = false;
  variants[1].tied = false;
  variants[2].activation = Activation::kSwiGlu;
  variants[2].layer_norm = false;
  variants[3].activation = Activation::kReluSquared;
  variants[3].position = PositionKind::kRotary;
  variants[4].qk_norm = true;
  variants[4].key_heads = 2;
  variants[5].dropout = 0.2;
  variants[6].loss.label_smoothing = 0.1;
  variants[6].loss.z_loss = 1e-2;
  for (const GptConfig& c : variants) {
    Gpt model(c);
    worst_gradient_error(model, f);
  }
}

TEST(Gpt, RecomputingBlocksChangesNoGradientBit) {
  Fixture f(2, 7, 7, static_cast<int>(kVocab));
  std::vector<std::vector<double>> gradients;
  for (const bool checkpoint : {false, true}) {
    GptConfig c = small_gpt();
    c.dropout = 0.1;
    Gpt model(c);
    model.initialise(5);
    Tape tape(f.context, {.checkpoint_blocks = checkpoint});
    model.parameters().bind(tape);
    const Tensor flat = model.parameters().flat_gradients();
    std::fill_n(flat.as<double>(), flat.count(), 0.0);
    model.loss(tape, f.input);
    tape.backward();
    gradients.emplace_back(flat.as<double>(), flat.as<double>() + flat.count());
  }
  EXPECT_EQ(gradients[0], gradients[1]);
}

TEST(MicroGpt, GradientIsThatOfItsLoss) {
  Fixture f(1, 7, 7, static_cast<int>(kVocab));
  MicroGpt model({.vocab = kVocab, .dtype = DType::kF64});
  worst_gradient_error(model, f);
}

}  // namespace
}  // namespace ascender
