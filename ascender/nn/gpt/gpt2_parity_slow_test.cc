// GPT-2 124M on 1024 tokens against the transformers package in double precision, weights read from the file
// that transformers wrote; and GPT-2 1.5B on 64 tokens. docs/results/gpt2.md has the times.
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

#include "ascender/base/clock.h"
#include "ascender/nn/gpt/gpt2_recipe.h"
#include "ascender/nn/safetensors/weights.h"

namespace ascender {
namespace {

const std::filesystem::path kRoot = ASCENDER_SOURCE_DIR;
const std::filesystem::path kPython = kRoot / "build/peers/bin/python";

std::filesystem::path oracle(const std::string& size) { return kRoot / "build/oracle" / size; }

// Makes the golden file where the peers' environment is there; whether it is there now.
bool have_golden(const std::string& size, const std::string& arguments) {
  if (std::filesystem::exists(oracle(size) / "golden.safetensors")) return true;
  if (!std::filesystem::exists(kPython)) return false;
  const std::string command = fmt::format("'{}' '{}' {} {} --out '{}'", kPython.native(),
                                          (kRoot / "tools/oracle/gpt2_logits.py").native(), size, arguments,
                                          (kRoot / "build/oracle").native());
  return std::system(command.c_str()) == 0;
}

struct Golden {
  explicit Golden(const std::string& size) : file(oracle(size) / "golden.safetensors") {
    for (const StoredTensor& t : file.tensors()) {
      if (t.name == "logits") {
        logits = std::span(reinterpret_cast<const float*>(t.bytes.data()), t.bytes.size() / sizeof(float));
      } else {
        const auto* ids = reinterpret_cast<const int64_t*>(t.bytes.data());
        tokens.assign(ids, ids + t.bytes.size() / sizeof(int64_t));
      }
    }
    for (float x : logits) largest = std::max(largest, static_cast<double>(std::abs(x)));
  }
  // Share of the largest golden logit by which ours differ, on the positions that ours has.
  double error(const Tensor& ours) const {
    double worst = 0;
    for (int64_t i = 0; i < ours.count(); ++i) {
      const double difference = std::abs(static_cast<double>(ours.as<float>()[i]) -
                                         static_cast<double>(logits[static_cast<size_t>(i)]));
      if (!(difference <= worst)) worst = difference;  // NaN too
    }
    return worst / largest;
  }
  SafetensorsFile file;
  std::span<const float> logits;
  std::vector<int32_t> tokens;
  double largest = 0;
};

TEST(Gpt2Parity, LogitsOf124MOn1024TokensAreThoseOfTransformers) {
  if (!have_golden("gpt2", "")) GTEST_SKIP() << "no peers: bench/peers/setup.sh makes build/peers";
  Golden golden("gpt2");
  ASSERT_EQ(golden.tokens.size(), 1024u);
  Gpt model(gpt2_config("gpt2"));
  load_weights(SafetensorsFile(oracle("gpt2") / "model.safetensors"), model.parameters());
  Gpt made(gpt2_config("gpt2"));
  fill_by_recipe(made);
  EXPECT_EQ(model.parameters().sha256(), made.parameters().sha256());
  Logits logits(model, 2);
  const double begin = seconds_now(), error = golden.error(logits(golden.tokens));
  fmt::print("124M, 1024 tokens: {:.3g} of the largest logit ({:.4g}), {:.2f} s\n", error, golden.largest,
             seconds_now() - begin);
  EXPECT_LE(error, 1e-4);
}

TEST(Gpt2Parity, ChangingAnyTensorOf124MIsSeen) {
  if (!have_golden("gpt2", "")) GTEST_SKIP() << "no peers: bench/peers/setup.sh makes build/peers";
  const Golden golden("gpt2");
  Gpt model(gpt2_config("gpt2"));
  fill_by_recipe(model);
  Logits logits(model, 2);
  // What a position gives does not depend on those behind it: the first 16 are enough.
  std::vector<int32_t> tokens(golden.tokens.begin(), golden.tokens.begin() + 16);
  ASSERT_LE(golden.error(logits(tokens)), 1e-4);
  for (int p = 0; p < model.parameters().size(); ++p) {
    const Tensor value = model.parameters().value(p);
    const std::vector<float> before(value.as<float>(), value.as<float>() + value.count());
    for (int64_t i = 0; i < value.count(); ++i) value.as<float>()[i] *= 1.01F;
    EXPECT_GT(golden.error(logits(tokens)), 1e-4) << model.parameters()[p].name;
    std::copy(before.begin(), before.end(), value.as<float>());
  }
}

TEST(Gpt2, OneAndAHalfBillionParametersRunOn64Tokens) {
  constexpr double kNeeded = 9e9;  // 6.2 GB of weights and room to work
  const double free =
      static_cast<double>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (free < kNeeded)
    GTEST_SKIP() << "needs " << kNeeded / 1e9 << " GB of free memory, " << free / 1e9 << " are there";
  Gpt model(gpt2_config("gpt2-xl"));
  fill_by_recipe(model);
  Logits logits(model, 2);
  std::vector<int32_t> tokens = tokens_by_recipe(64, model.config().vocab);
  const double begin = seconds_now();
  const Tensor out = logits(tokens);
  fmt::print("1.5B, 64 tokens: {:.2f} s, peak memory {:.2f} GB\n", seconds_now() - begin,
             static_cast<double>(peak_memory_bytes()) / 1e9);
  EXPECT_EQ(out.shape(), (Shape{64, 50257}));
  for (int64_t i = 0; i < out.count(); ++i) ASSERT_TRUE(std::isfinite(out.as<float>()[i])) << i;
  if (!std::filesystem::exists(oracle("gpt2-xl") / "golden.safetensors")) return;  // made by hand: 12 GB
  EXPECT_LE(Golden("gpt2-xl").error(out), 1e-4);
}

}  // namespace
}  // namespace ascender
