#include <array>

#include "ascender/base/diagnostic.h"
#include "ascender/nn/gpt/gpt.h"

namespace ascender {
namespace {

struct NamedSize {
  const char* name;
  int64_t layers, heads, d;
};
constexpr std::array<NamedSize, 4> kSizes = {{{"gpt2", 12, 12, 768},
                                              {"gpt2-medium", 24, 16, 1024},
                                              {"gpt2-large", 36, 20, 1280},
                                              {"gpt2-xl", 48, 25, 1600}}};

Activation activation_of(const std::string& name) {
  return name == "relu2"    ? Activation::kReluSquared
         : name == "relu"   ? Activation::kRelu
         : name == "swiglu" ? Activation::kSwiGlu
                            : Activation::kGelu;
}

}  // namespace

GptConfig gpt2_config(const std::string& size) {
  for (const NamedSize& s : kSizes) {
    if (size == s.name)
      return {.d = s.d, .heads = s.heads, .key_heads = s.heads, .ffn = 4 * s.d, .layers = s.layers};
  }
  ASC_CHECK(false, "no GPT-2 size {}", size);
  return {};
}

void describe_gpt(Schema& schema) {
  schema.choice("model.size", "custom", {"custom", "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"},
                "A GPT-2 size (124M, 355M, 774M, 1.5B), or the widths as they are stated.");
  schema.integer("model.context", 64, {1, 1 << 20},
                 "Positions; more where the task's longest sequence has more.", Unit::kTokens);
  schema.integer("model.key_heads", 0, {0, 1e4},
                 "Heads of keys and values (grouped queries); 0: as many as heads.");
  schema.choice("model.activation", "gelu", {"gelu", "relu", "relu2", "swiglu"},
                "The MLP's nonlinearity in GPT.");
  schema.choice("model.position", "learned", {"learned", "rotary", "none"}, "Position code of GPT.");
  schema.choice("model.norm", "layernorm", {"layernorm", "rmsnorm"}, "Normalisation of GPT.");
  schema.boolean("model.bias", false, "Biases in GPT's projections and norms.");
  schema.boolean("model.tied", true, "Whether GPT's head is its token table.");
  schema.boolean("model.qk_norm", false, "RMSNorm on queries and keys.");
  schema.real("model.dropout", 0, {0, 0.99}, "Chance that an activation of GPT is dropped.");
  schema.real("loss.label_smoothing", 0, {0, 0.99}, "Label smoothing of GPT's loss.");
  schema.real("loss.z_loss", 0, {0, 10}, "Weight of the squared log-sum-exp.");
  schema.boolean("loss.precise", false, "Reduce the loss in double precision.");
  schema.boolean("loss.stablemax", false, "StableMax in place of softmax.");
}

std::unique_ptr<Model> make_gpt(const Config& config, const ModelSizes& sizes) {
  GptConfig c;
  const std::string& size = config.text("model.size");
  if (size != "custom") {
    c = gpt2_config(size);
    c.bias = true;
  } else {
    c.d = config.integer("model.d");
    c.heads = config.integer("model.heads");
    c.key_heads = config.integer("model.key_heads") > 0 ? config.integer("model.key_heads") : c.heads;
    c.ffn = config.integer("model.ffn") > 0 ? config.integer("model.ffn") : 4 * c.d;
    c.layers = config.integer("model.layers");
    c.bias = config.boolean("model.bias");
    c.activation = activation_of(config.text("model.activation"));
    const std::string& position = config.text("model.position");
    c.position = position == "rotary" ? PositionKind::kRotary
                 : position == "none" ? PositionKind::kNone
                                      : PositionKind::kLearned;
    c.layer_norm = config.text("model.norm") == "layernorm";
    c.tied = config.boolean("model.tied");
    c.qk_norm = config.boolean("model.qk_norm");
  }
  if (c.heads % c.key_heads != 0) {
    throw InputError("E0745", fmt::format("`model.heads` = {} must be a multiple of `model.key_heads` = {}",
                                          c.heads, c.key_heads));
  }
  if (size == "custom") {
    c.context = std::max(config.integer("model.context"), sizes.longest);
  } else if (sizes.longest > c.context) {
    throw InputError(
        "E0746",
        fmt::format("`data.kind` = {} has sequences of {} tokens, and `model.size` = {} has {} positions",
                    config.text("data.kind"), sizes.longest, size, c.context),
        "lower the lengths of the data (`data.context` of a text)");
  }
  c.vocab = sizes.vocab;
  c.dropout = config.real("model.dropout");
  c.loss = {.label_smoothing = config.real("loss.label_smoothing"),
            .z_loss = config.real("loss.z_loss"),
            .precise = config.boolean("loss.precise"),
            .stablemax = config.boolean("loss.stablemax")};
  c.dtype = config.text("numerics.compute") == "f64" ? DType::kF64 : DType::kF32;
  return std::make_unique<Gpt>(c);
}

}  // namespace ascender
