#include "ascender/nn/looplm/looplm.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ascender/nn/looplm/codes.h"
#include "ascender/nn/looplm/gate.h"

namespace ascender {
namespace {

constexpr int64_t kLearnedIds = 64;

Init fan_in(int64_t width, double scale = 1.0) {
  return Init::normal(scale / std::sqrt(static_cast<double>(width)));
}

}  // namespace

LoopLm::LoopLm(const LoopLmConfig& config) : Model(config.dtype), config_(config) {
  const int64_t d = config.d;
  const int64_t code_width = config.code == CodeKind::kNone ? 0 : 2 * kCodeWidth;
  tokens_ =
      parameters_.add("tokens.weight", {config.vocab, d - code_width}, Init::normal(1.0), Role::kEmbedding);
  if (config.code == CodeKind::kLearned || config.code == CodeKind::kAbacus) {
    codes_ = parameters_.add("codes.weight", {kLearnedIds, code_width}, Init::normal(1.0), Role::kEmbedding);
  }
  for (int64_t i = 0; i < config.prelude; ++i) prelude_.push_back(add_block(fmt::format("prelude.{}", i)));
  for (int64_t i = 0; i < config.layers; ++i) core_.push_back(add_block(fmt::format("core.{}", i)));
  for (int64_t i = 0; i < config.coda; ++i) coda_.push_back(add_block(fmt::format("coda.{}", i)));
  loop_norm_ = Norm::rms(parameters_, "loop_norm", d);
  if (config.injection == Injection::kConcat) {
    inject_ = parameters_.add("inject.weight", {2 * d, d}, fan_in(2 * d), Role::kMatrix);
  }
  out_norm_ = Norm::rms(parameters_, "out_norm", d);
  head_ = parameters_.add("head.weight", {d, config.classes}, fan_in(d, config.head_scale), Role::kMatrix);
  if (config.gate) {
    gate_weight_ = parameters_.add("gate.weight", {d, 1}, fan_in(d), Role::kVector);
    gate_bias_ = parameters_.add("gate.bias", {1}, Init::constant(-1), Role::kVector);
  }
  parameters_.allocate();
  resident_.resize(static_cast<size_t>(parameters_.size()));
}

LoopLm::Block LoopLm::add_block(const std::string& name) {
  const int64_t d = config_.d, ffn = config_.ffn, head_dim = d / config_.heads;
  const int64_t up_width = config_.activation == Activation::kSwiGlu ? 2 * ffn : ffn;
  const auto matrix = [&](const char* part, int64_t in, int64_t out, double scale) {
    return parameters_.add(fmt::format("{}.{}.weight", name, part), {in, out}, fan_in(in, scale),
                           Role::kMatrix);
  };
  Block b{};
  b.attention_norm = Norm::rms(parameters_, name + ".attention_norm", d);
  b.wq = matrix("q", d, d, 1);
  b.wk = matrix("k", d, d, 1);
  b.wv = matrix("v", d, d, 1);
  b.q_norm = Norm::rms(parameters_, name + ".q_norm", head_dim, config_.qk_gain);
  b.k_norm = Norm::rms(parameters_, name + ".k_norm", head_dim, config_.qk_gain);
  b.wo = matrix("attention_out", d, d, config_.output_scale);
  if (config_.sandwich) b.attention_out_norm = Norm::rms(parameters_, name + ".attention_out_norm", d);
  b.mlp_norm = Norm::rms(parameters_, name + ".mlp_norm", d);
  b.up = matrix("mlp_up", d, up_width, 1);
  b.down = matrix("mlp_down", ffn, d, config_.output_scale);
  if (config_.sandwich) b.mlp_out_norm = Norm::rms(parameters_, name + ".mlp_out_norm", d);
  return b;
}

LoopLm::Inputs LoopLm::embed(Tape& tape, const ModelInput& input) const {
  const bool split = config_.think_at_answer && input.answer_begin > 0 && input.answer_begin < input.length();
  const int64_t begin = split ? input.answer_begin : 0;
  Inputs e{split ? embed_part(tape, input, 0, begin) : Var{}, embed_part(tape, input, begin, input.length())};
  if (prelude_.empty()) return e;
  Var x = split ? concat(tape, e.prompt, e.answer, 1) : e.answer;
  for (const Block& block : prelude_) x = run_block(tape, block, x, {}, config_.causal);
  if (!split) return {Var{}, x};
  return {slice(tape, x, 1, 0, begin), slice(tape, x, 1, begin, input.length())};
}

double LoopLm::score_scale(int64_t num_keys) const {
  const int64_t head_dim = config_.d / config_.heads;
  const double plain = 1 / std::sqrt(static_cast<double>(head_dim));
  if (config_.length_scale_keys < 2) return plain;
  const double growth =
      std::log(static_cast<double>(num_keys)) / std::log(static_cast<double>(config_.length_scale_keys));
  return plain * std::max(1.0, growth);
}

void LoopLm::keep_resident(Tape& tape) {
  const auto lay = [&](MatmulKind kind, const Tensor& w) {
    const auto bytes = static_cast<int64_t>(packed_bytes(kind, w));
    return pack(tape.context(), kind, w, tape.keep(w.dtype(), {bytes / size_of(w.dtype())}).data());
  };
  const auto keep = [&](int weight) {
    const Tensor w = parameters_.value(weight);
    Resident& r = resident_[static_cast<size_t>(weight)];
    r = {.forward = lay(MatmulKind::kNN, w), .transposed = {}};
    if (tape.recording()) r.transposed = lay(MatmulKind::kNT, w);
  };
  for (const Block& b : core_) {
    for (const int weight : {b.wq, b.wk, b.wv, b.wo, b.up, b.down}) keep(weight);
  }
  if (inject_ != kAbsent) keep(inject_);
}

Var LoopLm::project(Tape& tape, const Var& x, int weight, LinearOptions options) const {
  const Resident& r = resident_[static_cast<size_t>(weight)];
  if (r.forward.panels != nullptr) options.packed = &r.forward;
  if (r.transposed.panels != nullptr && tape.recording()) options.packed_transposed = &r.transposed;
  return linear(tape, x, parameters_.var(weight), options);
}

// [B,T,d] -> [B,T,H,D], normalised.
Var LoopLm::keys(Tape& tape, const Block& block, const Var& a) const {
  const int64_t B = a.value.size(0), T = a.value.size(1), H = config_.heads;
  const Var k = project(tape, a, block.wk);
  return block.k_norm(tape, parameters_, tape.reshape(k, {B, T, H, config_.d / H}));
}

Var LoopLm::run_block(Tape& tape, const Block& block, const Var& x, const Memory& memory, bool causal) const {
  const int64_t B = x.value.size(0), T = x.value.size(1), H = config_.heads, D = config_.d / H;
  const Var a = block.attention_norm(tape, parameters_, x);
  const Var q = block.q_norm(tape, parameters_, tape.reshape(project(tape, a, block.wq), {B, T, H, D}));
  Var k = keys(tape, block, a);
  Var v = tape.reshape(project(tape, a, block.wv), {B, T, H, D});
  int64_t before = 0;
  if (!memory.k.empty()) {
    before = memory.k.value.size(1);
    k = concat(tape, memory.k, k, 1);
    v = concat(tape, memory.v, v, 1);
  }
  const Var mixed = tape.reshape(
      attention(tape, q, k, v, {.scale = score_scale(k.value.size(1)), .causal = causal, .offset = before}),
      {B, T, config_.d});
  Var h;
  if (config_.sandwich) {
    h = block.attention_out_norm(tape, parameters_, project(tape, mixed, block.wo), x);
  } else {
    h = project(tape, mixed, block.wo, {.residual = x});
  }
  const Var m = block.mlp_norm(tape, parameters_, h);
  const Var u = project(tape, m, block.up, {.activation = config_.activation});
  if (!config_.sandwich) return project(tape, u, block.down, {.residual = h});
  return block.mlp_out_norm(tape, parameters_, project(tape, u, block.down), h);
}

Var LoopLm::inject(Tape& tape, const Var& h, const Var& e) const {
  switch (config_.injection) {
    case Injection::kAdd:
      return loop_norm_(tape, parameters_, h, e);
    case Injection::kConcat: {
      const int axis = 2;
      return project(tape, concat(tape, loop_norm_(tape, parameters_, h), e, axis), inject_);
    }
    case Injection::kNone:
      return loop_norm_(tape, parameters_, h);
  }
  return h;
}

Var LoopLm::logits(Tape& tape, const Var& h) const {
  Var x = h;
  for (size_t i = 0; i < coda_.size(); ++i)
    x = run_block(tape, coda_[i], x, memories_[core_.size() + i], config_.causal);
  return linear(tape, out_norm_(tape, parameters_, x), parameters_.var(head_));
}

template <class After>
void LoopLm::run(Tape& tape, const ModelInput& input, int loops, Leave leave, const After& after) {
  keep_resident(tape);
  const Inputs e = embed(tape, input);
  memories_.assign(core_.size() + coda_.size(), {});
  for (size_t i = 0; i < memories_.size() && !e.prompt.empty(); ++i) {
    const Block& block = i < core_.size() ? core_[i] : coda_[i - core_.size()];
    const Var a = block.attention_norm(tape, parameters_, e.prompt);
    const Var v = project(tape, a, block.wv);
    const Var k = keys(tape, block, a);
    memories_[i] = {k, tape.reshape(v, k.shape())};
  }
  const int64_t skipped = e.prompt.empty() ? input.first_output() : 0;
  Var h = e.answer;
  const Tensor state = leave == Leave::kState ? tape.keep(h.dtype(), h.shape()) : Tensor{};
  const size_t mark = tape.activations().mark();
  for (int loop = 1; loop <= loops; ++loop) {
    Var x = loop == 1 ? e.answer : inject(tape, h, e.answer);
    for (size_t i = 0; i < core_.size(); ++i) x = run_block(tape, core_[i], x, memories_[i], config_.causal);
    h = x;
    const Var shown = skipped == 0 ? h : slice(tape, h, 1, skipped, input.length());
    if (!after(loop, shown)) return;
    if (leave == Leave::kAll) continue;
    copy_value(tape.context(), h.value, state);
    h = tape.constant(state);
    tape.activations().release(mark);
  }
}

Tensor LoopLm::output_targets(Tape& tape, const ModelInput& input) const {
  const int64_t B = input.batch(), T = input.length(), first = input.first_output();
  const Tensor out = tape.keep(DType::kI32, {B * (T - first)});
  if (tape.context().dry) return out;
  for (int64_t b = 0; b < B; ++b) {
    std::copy_n(input.targets.as<int32_t>() + b * T + first, T - first, out.as<int32_t>() + b * (T - first));
  }
  return out;
}

double LoopLm::loss(Tape& tape, const ModelInput& input) {
  const int loops =
      input.loops > 0 ? input.loops : draw_loops(config_.loops, input.seed, input.step, input.total_steps);
  if (config_.gate) return gated_loss(tape, input, loops);
  const Tensor targets = output_targets(tape, input);
  double total = 0;
  const Leave leave = tape.recording() ? Leave::kAll : Leave::kState;
  run(tape, input, loops, leave, [&](int loop, const Var& h) {
    if (config_.loss_at == LossAt::kLast && loop < loops) return true;
    const double weight = config_.loss_at == LossAt::kEvery ? 1.0 / loops : 1.0;
    total += weight * cross_entropy(tape, logits(tape, h), targets,
                                    {.kernel = config_.loss, .weight = weight, .count = input.num_targets});
    return true;
  });
  return total;
}

double LoopLm::gated_loss(Tape& tape, const ModelInput& input, int loops) {
  const Tensor targets = output_targets(tape, input);
  std::array<Var, kMaxGatedLoops> losses, gates;
  run(tape, input, loops, Leave::kAll, [&](int loop, const Var& h) {
    const auto i = static_cast<size_t>(loop - 1);
    losses[i] = cross_entropy_rows(tape, logits(tape, h), targets, config_.loss);
    const Var g = linear(tape, h, parameters_.var(gate_weight_), {.bias = parameters_.var(gate_bias_)});
    gates[i] = tape.reshape(g, {targets.count()});
    return true;
  });
  int64_t count = input.num_targets;
  if (count == 0 && !tape.context().dry) {
    count = std::count_if(targets.as<int32_t>(), targets.as<int32_t>() + targets.count(),
                          [](int32_t t) { return t >= 0; });
  }
  return ascender::gated_loss(tape, losses.data(), gates.data(), loops, targets, config_.gate_entropy,
                              static_cast<double>(std::max<int64_t>(count, 1)));
}

void LoopLm::predict(Tape& tape, const ModelInput& input, int max_loops, LoopVisitor& visitor) {
  const bool was_recording = tape.recording();
  tape.set_recording(false);
  run(tape, input, max_loops, Leave::kState, [&](int loop, const Var& h) {
    LoopView view{.loop = loop, .logits = logits(tape, h).value, .latent = h.value, .exit_logit = {}};
    if (config_.gate) {
      const Var g = linear(tape, h, parameters_.var(gate_weight_), {.bias = parameters_.var(gate_bias_)});
      view.exit_logit = g.value.reshape({g.value.size(0), g.value.size(1)});
    }
    return visitor.visit(view);
  });
  tape.set_recording(was_recording);
}

}  // namespace ascender
