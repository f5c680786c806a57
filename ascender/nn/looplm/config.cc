#include <algorithm>

#include "ascender/base/diagnostic.h"
#include "ascender/nn/looplm/codes.h"
#include "ascender/nn/looplm/gate.h"
#include "ascender/nn/looplm/looplm.h"
#include "ascender/nn/loss_settings.h"

namespace ascender {
namespace {

Activation activation_of(const std::string& name) {
  return name == "gelu"     ? Activation::kGelu
         : name == "relu"   ? Activation::kRelu
         : name == "swiglu" ? Activation::kSwiGlu
                            : Activation::kReluSquared;
}

CodeKind code_of(const std::string& name) {
  return name == "learned"  ? CodeKind::kLearned
         : name == "abacus" ? CodeKind::kAbacus
         : name == "none"   ? CodeKind::kNone
                            : CodeKind::kSignificance;
}

LoopPlan loop_plan_of(const Config& config) {
  const std::string& draw = config.text("model.loop_draw");
  return {.draw = draw == "fixed"     ? LoopDraw::kFixed
                  : draw == "poisson" ? LoopDraw::kPoisson
                                      : LoopDraw::kUniform,
          .loops = config.int32("model.loops"),
          .ramp = config.real("model.loop_ramp")};
}

void check_fit(const LoopLmConfig& c, const ModelSizes& sizes) {
  if (c.code != CodeKind::kNone && sizes.num_ids == 0) {
    throw InputError(
        "E0750", "`model.code` needs a task whose positions have a significance, and this one's have none",
        "set `model.code = none`");
  }
  if (c.code == CodeKind::kSignificance && sizes.num_ids - 1 > kMaxCodeId) {
    throw InputError("E0751", fmt::format("significance codes reach id {}, the task has {}", kMaxCodeId,
                                          sizes.num_ids - 1));
  }
  if (c.code != CodeKind::kNone && c.d <= 2 * kCodeWidth) {
    throw InputError("E0752", fmt::format("`model.d` = {} leaves no room beside the {} columns of codes", c.d,
                                          2 * kCodeWidth));
  }
  if (c.gate && c.loops.most() > kMaxGatedLoops) {
    throw InputError("E0753", fmt::format("a learned gate can weigh {} loops, `model.loops` allows {}",
                                          kMaxGatedLoops, c.loops.most()));
  }
}

}  // namespace

void describe_looplm(Schema& schema) {
  schema.integer("model.loops", 8, {1, kMaxGatedLoops}, "Loops in training at most.");
  schema.choice(
      "model.loop_draw", "uniform", {"uniform", "poisson", "fixed"},
      "Loops of a training step: drawn from 1..loops, Poisson of the same mean (at most 2 loops), or always "
      "loops.");
  schema.real("model.loop_ramp", 0.5, {0, 1},
              "Share of the steps over which the cap on loops grows from 1; 0: no cap.");
  schema.integer("model.prelude", 0, {0, 64}, "Blocks before the loop.");
  schema.integer("model.coda", 0, {0, 64}, "Blocks after the loop.");
  schema.choice("model.mask", "full", {"full", "causal"}, "What answer positions see of one another.");
  schema.choice("model.think", "answer", {"answer", "all"},
                "Which positions loop; a prompt outside is read once.");
  schema.choice("model.block_norm", "sandwich", {"sandwich", "pre"},
                "Norms before and after attention and MLP, or before only.");
  schema.choice("model.inject", "add", {"add", "concat", "none"}, "How the input enters every loop again.");
  schema.choice(
      "model.code", "significance", {"significance", "learned", "abacus", "none"},
      "Position codes: two channels resampled a sample, a learned table of coupled ids, the same with "
      "random offsets, none.");
  schema.choice("model.loss", "last", {"last", "every"}, "Which loops have a loss.");
  schema.choice("model.exit", "fixed", {"fixed", "learned"}, "What ends thinking; learned: a gate decides.");
  schema.where("model.exit", {"learned"}, [](Schema& s) {
    s.real("model.exit_entropy", 0.05, {0, 10}, "Weight of the gate's entropy.");
  });
  schema.choice("model.loop_activation", "relu2", {"relu2", "relu", "gelu", "swiglu"},
                "The MLP's nonlinearity in LoopLM.");
  schema.boolean("model.length_scale", false,
                 "Sharpen attention where there are more keys than in training: times log(keys) / "
                 "log(training's keys).");
  schema.real("model.qk_gain", 1.5, {0, 100}, "Initial gain of the norm on queries and keys.");
  schema.real("model.output_scale", 0.3, {0, 100}, "Factor on the initial attention-out and MLP-down.");
  schema.real("model.head_scale", 0.5, {0, 100}, "Factor on the initial head.");
}

std::unique_ptr<Model> make_looplm(const Config& config, const ModelSizes& sizes) {
  LoopLmConfig c;
  c.d = config.integer("model.d");
  c.heads = config.integer("model.heads");
  c.ffn = config.integer("model.ffn") > 0 ? config.integer("model.ffn") : 2 * c.d;
  c.layers = config.integer("model.layers");
  c.prelude = config.integer("model.prelude");
  c.coda = config.integer("model.coda");
  c.vocab = sizes.vocab;
  c.classes = sizes.classes;
  c.num_ids = sizes.num_ids;
  c.loops = loop_plan_of(config);
  c.causal = config.text("model.mask") == "causal";
  c.think_at_answer = config.text("model.think") == "answer";
  c.sandwich = config.text("model.block_norm") == "sandwich";
  const std::string& inject = config.text("model.inject");
  c.injection = inject == "add"      ? Injection::kAdd
                : inject == "concat" ? Injection::kConcat
                                     : Injection::kNone;
  c.code = code_of(config.text("model.code"));
  c.loss_at = config.text("model.loss") == "every" ? LossAt::kEvery : LossAt::kLast;
  c.loss = loss_options(config);
  c.gate = config.text("model.exit") == "learned";
  c.gate_entropy = config.real("model.exit_entropy");
  c.length_scale_keys = config.boolean("model.length_scale") ? sizes.length : 0;
  c.qk_gain = config.real("model.qk_gain");
  c.output_scale = config.real("model.output_scale");
  c.head_scale = config.real("model.head_scale");
  c.activation = activation_of(config.text("model.loop_activation"));
  c.dtype = config.text("numerics.compute") == "f64" ? DType::kF64 : DType::kF32;
  check_fit(c, sizes);
  return std::make_unique<LoopLm>(c);
}

}  // namespace ascender
