#include "ascender/nn/gpt/gpt.h"

#include <array>
#include <cmath>
#include <numeric>

#include "ascender/kernels/rope/rope.h"

namespace ascender {
namespace {

constexpr double kInitDeviation = 0.02;
enum : uint64_t { kAfterEmbedding = 0, kAfterAttention = 1, kAfterMlp = 2, kSitesPerBlock = 4 };

}  // namespace

Gpt::Gpt(const GptConfig& config) : Model(config.dtype), config_(config) {
  const Init normal = Init::normal(kInitDeviation);
  wte_ = parameters_.add("wte.weight", {config.vocab, config.d}, normal, Role::kEmbedding);
  if (config.position == PositionKind::kLearned) {
    wpe_ = parameters_.add("wpe.weight", {config.context, config.d}, normal, Role::kEmbedding);
  }
  for (int64_t i = 0; i < config.layers; ++i) blocks_.push_back(add_block(i));
  ln_f_ = add_norm("ln_f");
  if (!config.tied)
    lm_head_ = parameters_.add("lm_head.weight", {config.vocab, config.d}, normal, Role::kEmbedding);
  parameters_.allocate();
  if (config.position == PositionKind::kRotary) {
    const int64_t half = config.d / config.heads / 2;
    const auto bytes = static_cast<size_t>(config.context * half * size_of(config.dtype));
    rotary_ = std::make_unique<Reservation>(2 * bytes);
    cosines_ = Tensor(rotary_->data(), config.dtype, {config.context, half});
    sines_ = Tensor(rotary_->data() + bytes, config.dtype, {config.context, half});
    rope_table(cosines_, sines_, 10000);
  }
}

Norm Gpt::add_norm(const std::string& name) {
  return config_.layer_norm ? Norm::layer_norm(parameters_, name, config_.d, config_.bias)
                            : Norm::rms(parameters_, name, config_.d);
}

int Gpt::add_bias(const std::string& name, int64_t width) {
  return config_.bias ? parameters_.add(name, {width}, Init::zeros(), Role::kVector) : kAbsent;
}

Gpt::Block Gpt::add_block(int64_t index) {
  const std::string h = fmt::format("h.{}.", index);
  const int64_t d = config_.d, head_dim = d / config_.heads;
  const int64_t qkv = d + 2 * config_.key_heads * head_dim;
  const int64_t up = config_.activation == Activation::kSwiGlu ? 2 * config_.ffn : config_.ffn;
  const Init normal = Init::normal(kInitDeviation);
  const Init projection = Init::normal(kInitDeviation / std::sqrt(2.0 * static_cast<double>(config_.layers)));
  const auto matrix = [&](const char* name, int64_t in, int64_t out, Init init) {
    return parameters_.add(h + name, {in, out}, init, Role::kMatrix);
  };
  Block b{};
  b.ln_1 = add_norm(h + "ln_1");
  b.c_attn = matrix("attn.c_attn.weight", d, qkv, normal);
  b.c_attn_bias = add_bias(h + "attn.c_attn.bias", qkv);
  if (config_.qk_norm) {
    b.q_norm = Norm::rms(parameters_, h + "attn.q_norm", head_dim);
    b.k_norm = Norm::rms(parameters_, h + "attn.k_norm", head_dim);
  }
  b.attn_proj = matrix("attn.c_proj.weight", d, d, projection);
  b.attn_proj_bias = add_bias(h + "attn.c_proj.bias", d);
  b.ln_2 = add_norm(h + "ln_2");
  b.c_fc = matrix("mlp.c_fc.weight", d, up, normal);
  b.c_fc_bias = add_bias(h + "mlp.c_fc.bias", up);
  b.mlp_proj = matrix("mlp.c_proj.weight", config_.ffn, d, projection);
  b.mlp_proj_bias = add_bias(h + "mlp.c_proj.bias", d);
  return b;
}

Var Gpt::drop(Tape& tape, const ModelInput& input, const Var& x, uint64_t site) const {
  if (!input.training || config_.dropout == 0) return x;
  // A slice of a batch draws what it would draw in the whole: the site is moved by its first row.
  return dropout(tape, x,
                 {.drop_prob = config_.dropout,
                  .key = {input.seed, Stream::kDropout},
                  .step = input.step,
                  .site = site + (static_cast<uint64_t>(input.first_row) << 16)});
}

Var Gpt::embed(Tape& tape, const ModelInput& input) const {
  ASC_CHECK(input.length() <= config_.context, "sequence of {} in a context of {}", input.length(),
            config_.context);
  Var x = embedding(tape, parameters_.var(wte_), input.tokens);
  if (config_.position == PositionKind::kLearned) {
    const int64_t B = input.batch(), T = input.length();
    const Tensor positions = tape.keep(DType::kI32, {B, T});
    if (!tape.context().dry) {
      for (int64_t i = 0; i < B * T; ++i) positions.as<int32_t>()[i] = static_cast<int32_t>(i % T);
    }
    x = add_embedding(tape, x, parameters_.var(wpe_), positions);
  }
  return drop(tape, input, x, kAfterEmbedding);
}

// [B,T,qkv] -> [B,T,d]
Var Gpt::mix(Tape& tape, const Block& block, const Var& a) const {
  const int64_t H = config_.heads, Hk = config_.key_heads, D = config_.d / H;
  const Var qkv =
      linear(tape, a, parameters_.var(block.c_attn), {.bias = var_or_none(parameters_, block.c_attn_bias)});
  const AttentionOptions options{.causal = true};
  const bool rotary = config_.position == PositionKind::kRotary;
  if (!config_.qk_norm && !rotary) return self_attention(tape, qkv, H, Hk, options);
  const std::array<int64_t, 3> sizes{H * D, Hk * D, Hk * D};
  std::array<Var, 3> part;
  tape.partition(qkv, 2, sizes.data(), part.data(), 3);
  Var q{part[0].value.split_last(H), part[0].slot}, k{part[1].value.split_last(Hk), part[1].slot};
  const Var v{part[2].value.split_last(Hk), part[2].slot};
  if (config_.qk_norm) {
    q = block.q_norm(tape, parameters_, q);
    k = block.k_norm(tape, parameters_, k);
  }
  if (rotary) {
    q = rope(tape, q, cosines_, sines_);
    k = rope(tape, k, cosines_, sines_);
  }
  return tape.reshape(attention(tape, q, k, v, options), {a.value.size(0), a.value.size(1), config_.d});
}

Var Gpt::run_block(Tape& tape, const ModelInput& input, size_t index, const Var& x) const {
  const Block& b = blocks_[index];
  const uint64_t site = kSitesPerBlock * (index + 1);
  const auto project = [&](const Var& y, int weight, int bias, uint64_t at, const Var& residual) {
    const bool dropped = input.training && config_.dropout > 0;
    LinearOptions options{.bias = var_or_none(parameters_, bias), .residual = dropped ? Var{} : residual};
    const Var z = linear(tape, y, parameters_.var(weight), options);
    return dropped ? add(tape, drop(tape, input, z, site + at), residual) : z;
  };
  const Var mixed = mix(tape, b, b.ln_1(tape, parameters_, x));
  const Var h = project(mixed, b.attn_proj, b.attn_proj_bias, kAfterAttention, x);
  const Var u = linear(tape, b.ln_2(tape, parameters_, h), parameters_.var(b.c_fc),
                       {.bias = var_or_none(parameters_, b.c_fc_bias), .activation = config_.activation});
  return project(u, b.mlp_proj, b.mlp_proj_bias, kAfterMlp, h);
}

Var Gpt::trunk(Tape& tape, const ModelInput& input) const {
  Var x = embed(tape, input);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    x = tape.block([this, &tape, input, i](const Var& y) { return run_block(tape, input, i, y); }, x);
  }
  return ln_f_(tape, parameters_, x);
}

Var Gpt::head() const { return parameters_.var(config_.tied ? wte_ : lm_head_); }

double Gpt::loss(Tape& tape, const ModelInput& input) {
  const Var x = trunk(tape, input);
  return linear_cross_entropy(tape, x, head(), true, input.targets,
                              {.kernel = config_.loss, .count = input.num_targets});
}

void Gpt::predict(Tape& tape, const ModelInput& input, int, LoopVisitor& visitor) {
  const bool was_recording = tape.recording();
  tape.set_recording(false);
  const Var x = trunk(tape, input);
  const int64_t first = input.first_output();
  const Var shown = first == 0 ? x : slice(tape, x, 1, first, input.length());
  visitor.visit({.loop = 1,
                 .logits = linear(tape, shown, head(), {.transposed = true}).value,
                 .latent = shown.value,
                 .exit_logit = {}});
  tape.set_recording(was_recording);
}

}  // namespace ascender
