#include "ascender/nn/models.h"

#include <algorithm>

#include "ascender/base/diagnostic.h"
#include "ascender/nn/gpt/gpt.h"
#include "ascender/nn/looplm/looplm.h"
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
  schema.add({.path = "model.kind",
              .type = ValueType::kEnum,
              .fallback = std::string("gpt"),
              .text = "Which model is trained.",
              .choices = names});
  const auto width = [&](const char* path, int64_t fallback, const char* text, double minimum = 1) {
    schema.add({.path = path,
                .type = ValueType::kInt,
                .fallback = fallback,
                .text = text,
                .minimum = minimum,
                .maximum = 1e6});
  };
  width("model.d", 128, "Width of the residual stream.");
  width("model.heads", 4, "Attention heads; d / heads must be a multiple of 4 from 4 to 128.");
  width("model.ffn", 0, "Width of the MLP; 0: the model's own multiple of d.", 0);
  schema.add({.path = "model.layers",
              .type = ValueType::kInt,
              .fallback = int64_t{1},
              .text = "Blocks with weights of their own.",
              .minimum = 1,
              .maximum = 1000});
  schema.add(
      {.path = "model.load",
       .type = ValueType::kPath,
       .fallback = std::string(),
       .text = "A safetensors file whose weights training begins with, such as GPT-2's model.safetensors."});
  schema.add({.path = "numerics.compute",
              .type = ValueType::kEnum,
              .fallback = std::string("f32"),
              .text = "Element type of the whole step.",
              .choices = {"f32", "f64"}});
  for (const ModelKind& kind : kKinds) kind.describe(schema);
}

std::unique_ptr<Model> make_model(const Config& config, const ModelSizes& sizes) {
  const std::string& name = config.text("model.kind");
  const auto kind = std::ranges::find_if(kKinds, [&](const ModelKind& k) { return name == k.name; });
  ASC_CHECK(kind != std::end(kKinds), "no model {}", name);
  const int64_t d = config.integer("model.d"), heads = config.integer("model.heads");
  if (d % heads != 0 || d / heads % 4 != 0 || d / heads > 128) {
    throw InputError(
        "E0741",
        fmt::format("head_dim = model.d / model.heads = {} / {} is not supported: it must be a multiple of 4 "
                    "from 4 to 128",
                    d, heads),
        "change `model.d` or `model.heads`");
  }
  return kind->make(config, sizes);
}

}  // namespace ascender
