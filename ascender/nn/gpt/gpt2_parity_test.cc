// GPT-2 against logits of the transformers package, at a small size that goes through all the code. The 124M
// size is in gpt2_parity_slow_test.cc.
#include <gtest/gtest.h>

#include "ascender/nn/gpt/gpt2_recipe.h"
#include "ascender/nn/gpt/gpt2_small_golden.h"

namespace ascender {
namespace {

GptConfig small(DType dtype) {
  return {.d = 64,
          .heads = 4,
          .key_heads = 4,
          .ffn = 256,
          .layers = 2,
          .vocab = 101,
          .context = 32,
          .dtype = dtype};
}

// The largest difference from the golden logits, as a share of the largest golden logit.
double error_of(const Tensor& logits) {
  double worst = 0, largest = 0;
  for (size_t r = 0; r < std::size(kGoldenRows); ++r) {
    for (int64_t c = 0; c < logits.size(1); ++c) {
      const int64_t at = kGoldenRows[r] * logits.size(1) + c;
      const double ours = logits.dtype() == DType::kF64 ? logits.as<double>()[at]
                                                        : static_cast<double>(logits.as<float>()[at]);
      const double golden = kGoldenLogits[r][c];
      worst = std::max(worst, std::abs(ours - golden));
      largest = std::max(largest, std::abs(golden));
    }
  }
  return worst / largest;
}

TEST(Gpt2Parity, LogitsAreThoseOfTransformers) {
  for (const auto& [dtype, tolerance] : {std::pair(DType::kF32, 1e-5), std::pair(DType::kF64, 1e-12)}) {
    Gpt model(small(dtype));
    fill_by_recipe(model);
    Logits logits(model, 2);
    std::vector<int32_t> tokens = tokens_by_recipe(32, 101);
    EXPECT_LT(error_of(logits(tokens)), tolerance) << name_of(dtype);
  }
}

TEST(Gpt2Parity, ChangingAnyTensorByAPercentIsSeen) {
  Gpt model(small(DType::kF32));
  fill_by_recipe(model);
  Logits logits(model, 2);
  std::vector<int32_t> tokens = tokens_by_recipe(32, 101);
  for (int p = 0; p < model.parameters().size(); ++p) {
    const Tensor value = model.parameters().value(p);
    const std::vector<float> before(value.as<float>(), value.as<float>() + value.count());
    for (int64_t i = 0; i < value.count(); ++i) value.as<float>()[i] *= 1.01F;
    EXPECT_GT(error_of(logits(tokens)), 1e-4) << model.parameters()[p].name;
    std::copy(before.begin(), before.end(), value.as<float>());
  }
  EXPECT_LT(error_of(logits(tokens)), 1e-5) << "the weights are not back";
}

TEST(Gpt2, NamedSizesHaveTheirNumberOfParameters) {
  const std::pair<const char*, int64_t> sizes[] = {
      {"gpt2", 124439808}, {"gpt2-medium", 354823168}, {"gpt2-large", 774030080}, {"gpt2-xl", 1557611200}};
  for (const auto& [name, count] : sizes) {
    const Gpt model(gpt2_config(name));
    int64_t total = 0;
    for (int p = 0; p < model.parameters().size(); ++p) total += model.parameters()[p].shape.count();
    EXPECT_EQ(total, count) << name;
  }
}

}  // namespace
}  // namespace ascender
