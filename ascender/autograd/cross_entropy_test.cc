// The loss that never holds all logits against the one that does: how rows are cut changes no byte.
#include "ascender/autograd/ops/cross_entropy.h"

#include <gtest/gtest.h>
#include <vector>

#include "ascender/autograd/ops/linear.h"
#include "ascender/base/random.h"

namespace ascender {
namespace {

// A vocabulary for which 70 rows are cut in two.
constexpr int64_t kRows = 70, kWidth = 8, kVocab = 66000;

struct Outcome {
  double loss = 0;
  std::vector<float> dx, dw;
};

template <class Loss>
Outcome run(bool transposed, const Loss& loss) {
  Threads threads(2);
  Arena scratch(size_t{1} << 30), memory(size_t{1} << 30);
  Context context{threads, scratch};
  Tape tape(context);
  const auto filled = [&](const Shape& shape, uint64_t seed) {
    const Tensor t = memory.tensor(DType::kF32, shape);
    Random random({seed, Stream::kTest});
    for (int64_t i = 0; i < t.count(); ++i)
      t.as<float>()[i] = seed == 0 ? 0.0f : static_cast<float>(random.normal());
    return t;
  };
  const Shape x_shape{kRows, kWidth}, w_shape = transposed ? Shape{kVocab, kWidth} : Shape{kWidth, kVocab};
  const Tensor dx = filled(x_shape, 0), dw = filled(w_shape, 0);
  const Var x = tape.parameter(filled(x_shape, 1), dx), w = tape.parameter(filled(w_shape, 2), dw);
  std::vector<int32_t> ids;
  Random random({3, Stream::kTest});
  for (int64_t i = 0; i < kRows; ++i)
    ids.push_back(i % 5 == 0 ? -1 : static_cast<int32_t>(random.below(kVocab)));
  Outcome out;
  out.loss = loss(tape, x, w, Tensor(ids.data(), DType::kI32, {kRows}));
  tape.backward();
  out.dx.assign(dx.as<float>(), dx.as<float>() + dx.count());
  out.dw.assign(dw.as<float>(), dw.as<float>() + dw.count());
  return out;
}

TEST(LinearCrossEntropy, CuttingRowsChangesNoByte) {
  for (const bool transposed : {false, true}) {
    const Outcome cut = run(transposed, [&](Tape& tape, const Var& x, const Var& w, const Tensor& targets) {
      return linear_cross_entropy(tape, x, w, transposed, targets);
    });
    const Outcome whole = run(transposed, [&](Tape& tape, const Var& x, const Var& w, const Tensor& targets) {
      return cross_entropy(tape, linear(tape, x, w, {.transposed = transposed}), targets);
    });
    EXPECT_EQ(cut.loss, whole.loss);
    EXPECT_EQ(cut.dx, whole.dx);
    EXPECT_EQ(cut.dw, whole.dw);
  }
}

}  // namespace
}  // namespace ascender
