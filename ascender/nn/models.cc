#include "ascender/nn/models.h"

#include <algorithm>

#include "ascender/base/diagnostic.h"
#include "ascender/nn/gpt/gpt.h"
#include "ascender/nn/looplm/looplm.h"
#include "ascender/nn/loss_settings.h"
#include "ascender/nn/microgpt/microgpt.h"

namespace ascender {
namespace {

constexpr ModelKind kKinds[] = {
    {"gpt", describe_gpt, make_gpt},
    {"looplm", describe_looplm, make_looplm},
    {"microgpt", describe_microgpt, make_microgpt},
};

}  // namespace

std::span<const ModelKind> model_kinds() { return kKinds; }

void describe_models(Schema& schema) {
  std::vector<std::string> names;
  for (const ModelKind& kind : kKinds) names.emplace_back(kind.name);
  schema.choice("model.kind", "gpt", names, "Which model is trained.");
  schema.integer("model.d", 128, {1, 1e6}, "Width of the residual stream.");
  schema.integer("model.heads", 4, {1, 1e6},
                 "Attention heads; d / heads must be a multiple of 4 from 4 to 128.");
  schema.integer("model.layers", 1, {1, 1000}, "Blocks with weights of their own.");
  schema.path("model.load", "",
              "A safetensors file whose weights training begins with, such as GPT-2's model.safetensors.");
  schema.choice("numerics.compute", "f32", {"f32", "f64"}, "Element type of the whole step.");
  schema.where("model.kind", {"gpt", "microgpt"}, [](Schema& s) {
    s.integer("model.context", 64, {1, 1 << 20},
              "Positions; more where the task's longest sequence has more.", Unit::kTokens);
  });
  schema.where("model.kind", {"gpt", "looplm"}, [](Schema& s) {
    s.integer("model.ffn", 0, {0, 1e6}, "Width of the MLP; 0: 4 d in GPT, 2 d in LoopLM.");
    describe_loss(s);
  });
  for (const ModelKind& kind : kKinds) schema.where("model.kind", {kind.name}, kind.describe);
}

void check_model(const Config& config) {
  loss_options(config);
  const int64_t d = config.integer("model.d"), heads = config.integer("model.heads");
  if (d % heads != 0 || d / heads % 4 != 0 || d / heads > 128) {
    throw InputError(
        "E0741",
        fmt::format("head_dim = model.d / model.heads = {} / {} is not supported: it must be a multiple of 4 "
                    "from 4 to 128",
                    d, heads),
        "change `model.d` or `model.heads`");
  }
}

std::unique_ptr<Model> make_model(const Config& config, const ModelSizes& sizes) {
  const std::string& name = config.text("model.kind");
  const auto kind = std::ranges::find_if(kKinds, [&](const ModelKind& k) { return name == k.name; });
  ASC_CHECK(kind != std::end(kKinds), "no model {}", name);
  check_model(config);
  return kind->make(config, sizes);
}

}  // namespace ascender
