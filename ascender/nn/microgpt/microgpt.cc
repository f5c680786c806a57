#include "ascender/nn/microgpt/microgpt.h"

#include "ascender/autograd/ops.h"

namespace ascender {

// Parameters are in microgpt.py's order, so that its random numbers fall on the same weights.
MicroGpt::MicroGpt(const MicroGptConfig& config) : Model(config.dtype), config_(config) {
  const int64_t d = config.d;
  const auto matrix = [&](const std::string& name, int64_t out, int64_t in) {
    return parameters_.add(name, {out, in}, Init::normal(config.deviation), Role::kMatrix);
  };
  wte_ = matrix("wte", config.vocab, d);
  wpe_ = matrix("wpe", config.context, d);
  lm_head_ = matrix("lm_head", config.vocab, d);
  for (int64_t i = 0; i < config.layers; ++i) {
    const std::string layer = fmt::format("layer{}.", i);
    Block b{};
    b.wq = matrix(layer + "attn_wq", d, d);
    b.wk = matrix(layer + "attn_wk", d, d);
    b.wv = matrix(layer + "attn_wv", d, d);
    b.wo = matrix(layer + "attn_wo", d, d);
    b.fc1 = matrix(layer + "mlp_fc1", 4 * d, d);
    b.fc2 = matrix(layer + "mlp_fc2", d, 4 * d);
    blocks_.push_back(b);
  }
  parameters_.allocate();
}

Var MicroGpt::project(Tape& tape, const Var& x, int weight, Activation activation,
                      const Var& residual) const {
  return linear(tape, x, parameters_.var(weight),
                {.activation = activation, .residual = residual, .transposed = true});
}

// The three matrices lie one behind the other: d is a multiple of 4, so none is padded. As one it is a third
// of the calls, which at this size cost more than the arithmetic.
Var MicroGpt::queries_keys_values(const Block& b) const {
  const int64_t d = config_.d;
  const Tensor wq = parameters_.value(b.wq);
  ASC_CHECK(parameters_[b.wv].offset == parameters_[b.wq].offset + 2 * d * d,
            "padding between matrices of width {}", d);
  return Var{Tensor(wq.data(), wq.dtype(), {3 * d, d}), b.wq};
}

Var MicroGpt::trunk(Tape& tape, const ModelInput& input) const {
  const int64_t B = input.batch(), T = input.length();
  ASC_CHECK(T <= config_.context, "sequence of {} in a context of {}", T, config_.context);
  const Tensor positions = tape.keep(DType::kI32, {B, T});
  for (int64_t i = 0; i < B * T && !tape.context().dry; ++i)
    positions.as<int32_t>()[i] = static_cast<int32_t>(i % T);
  Var x = embedding(tape, parameters_.var(wte_), input.tokens);
  x = rms_norm(tape, add_embedding(tape, x, parameters_.var(wpe_), positions), {});
  for (const Block& b : blocks_) {
    const Var a = rms_norm(tape, x, {});
    const Var qkv = linear(tape, a, queries_keys_values(b), {.transposed = true});
    const Var mixed = self_attention(tape, qkv, config_.heads, config_.heads, {.causal = true});
    const Var h = project(tape, mixed, b.wo, Activation::kNone, x);
    const Var u = project(tape, rms_norm(tape, h, {}), b.fc1, Activation::kRelu);
    x = project(tape, u, b.fc2, Activation::kNone, h);
  }
  return x;
}

double MicroGpt::loss(Tape& tape, const ModelInput& input) {
  const Var logits = project(tape, trunk(tape, input), lm_head_);
  return cross_entropy(tape, logits, input.targets, {.count = input.num_targets});
}

void MicroGpt::predict(Tape& tape, const ModelInput& input, int, LoopVisitor& visitor) {
  const bool was_recording = tape.recording();
  tape.set_recording(false);
  const Var x = trunk(tape, input);
  const int64_t first = input.first_output();
  const Var shown = first == 0 ? x : slice(tape, x, 1, first, input.length());
  visitor.visit(
      {.loop = 1, .logits = project(tape, shown, lm_head_).value, .latent = shown.value, .exit_logit = {}});
  tape.set_recording(was_recording);
}

void describe_microgpt(Schema& schema) {
  schema.real("model.deviation", 0.08, {0, 10}, "Standard deviation of microGPT's initial weights.");
}

std::unique_ptr<Model> make_microgpt(const Config& config, const ModelSizes& sizes) {
  return std::make_unique<MicroGpt>(MicroGptConfig{
      .d = config.integer("model.d"),
      .heads = config.integer("model.heads"),
      .layers = config.integer("model.layers"),
      .vocab = sizes.vocab,
      .context = std::max(config.integer("model.context"), sizes.longest),
      .deviation = config.real("model.deviation"),
      .dtype = config.text("numerics.compute") == "f64" ? DType::kF64 : DType::kF32,
  });
}

}  // namespace ascender
