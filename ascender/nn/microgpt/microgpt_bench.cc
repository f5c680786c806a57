// 1000 steps of microGPT on one thread: loss, backward and Adam, a document a step, as microgpt.py trains.
// Documents are made up, with the lengths of English names; docs/results/microgpt.md has the times on
// names.txt beside ports.
#include <array>
#include <cmath>
#include <vector>

#include "ascender/autograd/tape.h"
#include "ascender/kernels/elementwise/elementwise.h"
#include "ascender/kernels/optimizer/optimizer.h"
#include "ascender/nn/microgpt/microgpt.h"

#include "bench/bench.h"

namespace ascender::bench {
namespace {

constexpr int64_t kSteps = 1000;
constexpr int32_t kBos = 26;

class Training {
 public:
  explicit Training(DType dtype) : model_({.dtype = dtype}), memory_(3 * bytes()) {
    model_.parameters().bind(tape_);
    const Tensor flat = model_.parameters().flat_values();
    first_ = flat.moved_to(memory_.data());
    second_ = flat.moved_to(memory_.data() + bytes());
    initial_ = flat.moved_to(memory_.data() + 2 * bytes());
    model_.initialise(1);
    copy(context_, flat, initial_);
    Random random({1, Stream::kTest});
    for (auto& [tokens, targets] : documents_) {
      const auto length = static_cast<size_t>(4 + random.below(4) + random.below(4));  // 4 to 10, mostly 7
      tokens.assign(1, kBos);
      for (size_t i = 1; i < length; ++i)
        tokens.push_back(static_cast<int32_t>(random.below(5) * random.below(6)));
      targets.assign(tokens.begin() + 1, tokens.end());
      targets.push_back(kBos);
    }
  }

  // Trains from the start; the mean loss of the last 100 steps.
  double run() {
    copy(context_, initial_, model_.parameters().flat_values());
    fill(context_, first_, 0.0);
    fill(context_, second_, 0.0);
    double tail = 0;
    for (int64_t step = 0; step < kSteps; ++step) {
      const double loss = train(step);
      if (step >= kSteps - 100) tail += loss / 100;
    }
    return tail;
  }
  double flops() const { return context_.work.flops; }

 private:
  struct Document {
    std::vector<int32_t> tokens, targets;
  };

  size_t bytes() const { return static_cast<size_t>(model_.parameters().flat_values().bytes()); }

  double train(int64_t step) {
    Document& document = documents_[static_cast<size_t>(step)];
    const Shape shape{1, static_cast<int64_t>(document.tokens.size())};
    ModelInput input;
    input.tokens = Tensor(document.tokens.data(), DType::kI32, shape);
    input.targets = Tensor(document.targets.data(), DType::kI32, shape);
    input.ids = input.tokens;
    input.answer_begin = input.length();
    const Parameters& p = model_.parameters();
    fill(context_, p.flat_gradients(), 0.0);
    tape_.reset();
    const double loss = model_.loss(tape_, input);
    tape_.backward();
    const double factor = 1 - static_cast<double>(step) / static_cast<double>(kSteps);
    adamw(context_, p.flat_values(), p.flat_gradients(), first_, second_,
          {.lr = 0.01 * factor, .beta1 = 0.85, .beta2 = 0.99, .eps = 1e-8, .step = step + 1});
    return loss;
  }

  MicroGpt model_;
  Reservation memory_;
  Tensor first_, second_, initial_;
  Threads threads_{1};
  Arena scratch_{size_t{1} << 24};
  Context context_{threads_, scratch_};
  Tape tape_{context_, {.activation_bytes = size_t{1} << 26, .gradient_bytes = size_t{1} << 26}};
  std::array<Document, kSteps> documents_;
};

ASC_BENCH(microgpt, "1000 training steps of microGPT on one thread, f32 and f64") {
  Training single(DType::kF32), precise(DType::kF64);
  const double loss = single.run(), expected = precise.run();
  ASC_CHECK(std::abs(loss - expected) < 1e-4, "f32 ends at {}, f64 at {}", loss, expected);
  const double flops = single.flops();
  for (const auto& [name, training] : {std::pair("f32", &single), std::pair("f64", &precise)}) {
    const std::string row = fmt::format("microgpt 1000 steps {}", name);
    if (!run.wants(row)) continue;
    run.report(
        {.name = row, .flops = flops, .time = measure([&] { training->run(); }, run.options().seconds)});
  }
}

}  // namespace
}  // namespace ascender::bench
