#include <array>

#include "ascender/base/diagnostic.h"
#include "ascender/nn/gpt/gpt.h"
#include "ascender/nn/loss_settings.h"

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

// What GPT-2 of each size is, in settings.
std::vector<Preset> size_presets() {
  std::vector<Preset> out;
  for (const NamedSize& size : kSizes) {
    const auto add = [&](const char* path, Value value) {
      out.push_back({size.name, path, std::move(value)});
    };
    add("model.d", size.d);
    add("model.heads", size.heads);
    add("model.key_heads", size.heads);
    add("model.ffn", 4 * size.d);
    add("model.layers", size.layers);
    add("model.context", int64_t{1024});
    add("model.bias", true);
    add("model.tied", true);
    add("model.qk_norm", false);
    add("model.activation", std::string("gelu"));
    add("model.position", std::string("learned"));
    add("model.norm", std::string("layernorm"));
  }
  return out;
}

// Also where no experiment file was resolved.
Config with_size(Config config) {
  for (const Preset& p : size_presets()) {
    if (p.word == config.text("model.size")) config.set(p.path, p.value);
  }
  return config;
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
  schema.presets("model.size", size_presets());
}

std::unique_ptr<Model> make_gpt(const Config& stated, const ModelSizes& sizes) {
  const Config config = with_size(stated);
  const std::string& size = config.text("model.size");
  GptConfig c;
  c.d = config.integer("model.d");
  c.heads = config.integer("model.heads");
  c.key_heads = config.integer("model.key_heads") > 0 ? config.integer("model.key_heads") : c.heads;
  c.ffn = config.integer("model.ffn") > 0 ? config.integer("model.ffn") : 4 * c.d;
  c.layers = config.integer("model.layers");
  c.context = config.integer("model.context");
  c.bias = config.boolean("model.bias");
  c.activation = activation_of(config.text("model.activation"));
  const std::string& position = config.text("model.position");
  c.position = position == "rotary" ? PositionKind::kRotary
               : position == "none" ? PositionKind::kNone
                                    : PositionKind::kLearned;
  c.layer_norm = config.text("model.norm") == "layernorm";
  c.tied = config.boolean("model.tied");
  c.qk_norm = config.boolean("model.qk_norm");
  if (c.heads % c.key_heads != 0) {
    throw InputError("E0745", fmt::format("`model.heads` = {} must be a multiple of `model.key_heads` = {}",
                                          c.heads, c.key_heads));
  }
  if (size == "custom") {
    c.context = std::max(c.context, sizes.longest);
  } else if (sizes.longest > c.context) {
    throw InputError(
        "E0746",
        fmt::format("`data.kind` = {} has sequences of {} tokens, and `model.size` = {} has {} positions",
                    config.text("data.kind"), sizes.longest, size, c.context),
        "lower the lengths of the data (`data.context` of a text)");
  }
  c.vocab = sizes.vocab;
  c.dropout = config.real("model.dropout");
  c.loss = loss_options(config);
  c.dtype = config.text("numerics.compute") == "f64" ? DType::kF64 : DType::kF32;
  return std::make_unique<Gpt>(c);
}

}  // namespace ascender
