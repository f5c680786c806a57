// Weights and tokens for parity with the transformers package, made alike here and in
// tools/oracle/gpt2_logits.py: element i is base + scale * u, u the top 24 bits of splitmix64(fnv1a(name), i)
// in [-1, 1). The deviation is ten times that of GPT-2's initial weights (biases and gains vary too), so that
// every tensor matters. For tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ascender/nn/gpt/gpt.h"

namespace ascender {

inline uint64_t fnv1a(std::string_view text) {
  uint64_t h = 0xCBF29CE484222325;
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return h;
}

inline uint64_t splitmix(uint64_t seed, uint64_t i) {
  uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

inline void fill_by_recipe(Gpt& model, double times = 10) {
  const Parameters& parameters = model.parameters();
  for (int p = 0; p < parameters.size(); ++p) {
    const std::string_view name = parameters[p].name;
    const bool projection = name.ends_with("c_proj.weight");
    const bool gain =
        name.ends_with(".weight") && (name.starts_with("ln_") || name.find(".ln_") != name.npos);
    double scale = times * 0.02 * std::sqrt(3.0);
    if (projection) scale /= std::sqrt(2.0 * static_cast<double>(model.config().layers));
    const auto factor = static_cast<float>(scale);
    const uint64_t seed = fnv1a(name);
    const Tensor value = parameters.value(p);
    visit_real(value.dtype(), "recipe", [&]<class T>() {
      for (int64_t i = 0; i < value.count(); ++i) {
        const auto top = static_cast<int32_t>(splitmix(seed, static_cast<uint64_t>(i)) >> 40) - (1 << 23);
        float w = static_cast<float>(top) * 0x1p-23F * factor;
        if (gain) w += 1;
        value.as<T>()[i] = static_cast<T>(w);
      }
    });
  }
}

inline std::vector<int32_t> tokens_by_recipe(int64_t count, int64_t vocab) {
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<int32_t>(splitmix(fnv1a("tokens"), static_cast<uint64_t>(i)) %
                                          static_cast<uint64_t>(vocab)));
  }
  return tokens;
}

// The logits [T, vocab] of one row of tokens, on a tape of its own.
class Logits : public LoopVisitor {
 public:
  Logits(Model& model, int threads) : model_(model), threads_(threads) { model.parameters().bind(tape_); }
  // The tensor lives until the next call.
  Tensor operator()(std::vector<int32_t>& tokens) {
    ModelInput input;
    input.tokens = Tensor(tokens.data(), DType::kI32, {1, static_cast<int64_t>(tokens.size())});
    input.targets = input.ids = input.tokens;
    input.answer_begin = input.length();
    tape_.reset();
    model_.predict(tape_, input, 1, *this);
    return logits_;
  }
  bool visit(const LoopView& view) override {
    logits_ = view.logits.reshape({view.logits.size(1), view.logits.size(2)});
    return false;
  }

 private:
  Model& model_;
  Threads threads_;
  Arena scratch_{size_t{1} << 36};
  Context context_{threads_, scratch_};
  Tape tape_{context_};
  Tensor logits_;
};

}  // namespace ascender
