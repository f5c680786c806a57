#include "bench/gpt_training.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "ascender/kernels/elementwise/elementwise.h"
#include "ascender/nn/safetensors/weights.h"

namespace ascender::bench {
namespace {

constexpr size_t kAddressSpace = size_t{1} << 37;

GptConfig config_of(const GptCase& c) {
  return {.d = c.d,
          .heads = c.heads,
          .key_heads = c.heads,
          .ffn = 4 * c.d,
          .layers = c.layers,
          .vocab = c.vocab,
          .context = c.context,
          .bias = c.bias};
}

Tensor view(std::vector<int32_t>& x, int64_t batch, int64_t length) {
  return Tensor(x.data(), DType::kI32, {batch, length});
}

}  // namespace

// Goals of shared/systems/performance.md.
const std::vector<GptCase> kGptCases = {
    {"nanoGPT", 4, 4, 128, 65, 64, 12, 64, false, 0, 0},
    {"tiny GPT", 4, 4, 128, 256, 256, 16, 256, false, 2.5, 0},
    {"GPT-2 124M 4x64", 12, 12, 768, 50257, 1024, 4, 64, true, 1.8, 8},
    {"GPT-2 124M 1x1024", 12, 12, 768, 50257, 1024, 1, 1024, true, 1.8, 8, true},
};

GptTraining::GptTraining(const GptCase& c, int threads, bool recompute)
    : model_(config_of(c)),
      threads_(threads),
      scratch_(kAddressSpace),
      context_{threads_, scratch_},
      tape_(context_, {.activation_bytes = kAddressSpace,
                       .gradient_bytes = kAddressSpace,
                       .checkpoint_blocks = recompute}),
      optimizer_({.lr = 3e-4, .beta1 = 0.9, .beta2 = 0.95, .weight_decay = 0.1}, model_.parameters()),
      batch_(c.batch),
      length_(c.length) {
  model_.parameters().bind(tape_);
  model_.initialise(1);
  Random random({1, Stream::kTest});
  for (int64_t b = 0; b < batch_; ++b) {
    for (int64_t t = 0; t <= length_; ++t) {
      const auto token = static_cast<int32_t>(random.below(static_cast<uint64_t>(c.vocab)));
      rows_.push_back(token);
      if (t < length_) tokens_.push_back(token);
      if (t > 0) targets_.push_back(token);
    }
  }
}

double GptTraining::step() {
  ModelInput input;
  input.tokens = view(tokens_, batch_, length_);
  input.targets = view(targets_, batch_, length_);
  input.answer_begin = length_;
  input.training = true;
  fill(context_, model_.parameters().flat_gradients(), 0.0);
  tape_.reset();
  const double loss = model_.loss(tape_, input);
  tape_.backward();
  optimizer_.step(context_, step_++, 1, 1.0, 1.0);
  return loss;
}

std::vector<NamedTensor> GptTraining::state() const {
  std::vector<NamedTensor> out = optimizer_.state();
  for (int i = 0; i < parameters().size(); ++i) out.push_back({parameters()[i].name, parameters().value(i)});
  return out;
}

void load_into(ChildPeer& peer, const GptCase& c, const GptTraining& ours) {
  const auto file =
      std::filesystem::temp_directory_path() / fmt::format("ascender-bench-{}.safetensors", getpid());
  save_weights(ours.parameters(), file);
  nlohmann::json tokens = nlohmann::json::array();
  const auto columns = static_cast<std::ptrdiff_t>(c.length + 1);
  for (auto row = ours.rows().begin(); row != ours.rows().end(); row += columns)
    tokens.push_back(std::vector<int32_t>(row, row + columns));
  const nlohmann::json request = {{"do", "load"},
                                  {"layers", c.layers},
                                  {"heads", c.heads},
                                  {"context", c.context},
                                  {"weights", file},
                                  {"tokens", tokens},
                                  {"threads", ours.num_threads()}};
  peer.ask(request.dump());
  std::filesystem::remove(file);
}

}  // namespace ascender::bench
