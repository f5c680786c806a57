// A schema in the manner of the real one, for the tests and the fuzzer of this room.
#pragma once

#include <string>

#include "ascender/base/config.h"

namespace ascender::spec {

inline Schema schema_for_test() {
  Schema schema;
  const auto whole = [&](const char* path, int64_t fallback, Unit unit = Unit::kNone, double low = 0,
                         double high = 1e9) {
    schema.integer(path, fallback, {low, high}, "", unit);
  };
  const auto real = [&](const char* path, double fallback, Unit unit = Unit::kNone, double low = 0,
                        double high = 1e9) {
    schema.real(path, fallback, {low, high}, "", unit);
  };
  const auto choice = [&](const char* path, const std::vector<std::string>& choices) {
    schema.choice(path, choices[0], choices, "");
  };
  choice("model.kind", {"gpt", "looplm", "transformer"});
  choice("model.size", {"custom", "small"});
  schema.presets("model.size", {{"small", "model.d", int64_t{64}}, {"small", "model.heads", int64_t{2}}});
  schema.where("model.kind", {"looplm", "transformer"}, [&](Schema& s) {
    s.integer("model.recall", 0, {0, 9}, "");
  });
  whole("model.vocab", 256, Unit::kNone, 2);
  whole("model.d", 128, Unit::kNone, 1, 65536);
  whole("model.heads", 4, Unit::kNone, 1);
  whole("model.layers", 2, Unit::kNone, 1);
  whole("model.ffn", 512, Unit::kNone, 1);
  whole("model.loops", 4, Unit::kNone, 1);
  choice("model.pos", {"rope", "nope", "abacus"});
  choice("model.inject", {"none", "add", "concat"});
  choice("model.exit", {"fixed", "learned"});
  real("model.exit_entropy", 0.01);
  choice("attn.a", {"on", "off"});
  choice("attn.s", {"on", "off"});
  whole("attn.s.window", 128, Unit::kTokens, 1);
  choice("attn.c", {"on", "off"});
  whole("attn.c.block", 16, Unit::kNone, 1);
  choice("loss.kind", {"cross_entropy", "stablemax"});
  choice("loss.on", {"all", "answer"});
  schema.boolean("loss.per_loop", false, "");
  choice("optimizer.kind", {"adamw", "sgd", "muon"});
  real("optimizer.lr", 1e-3);
  real("optimizer.beta1", 0.9, Unit::kNone, 0, 1);
  real("optimizer.beta2", 0.95, Unit::kNone, 0, 1);
  real("optimizer.eps", 1e-8);
  real("optimizer.weight_decay", 0.1);
  real("optimizer.sgd.momentum", 0.9, Unit::kNone, 0, 1);
  choice("schedule.kind", {"constant", "cosine", "wsd"});
  whole("schedule.warmup", 0, Unit::kSteps);
  real("schedule.decay", 0.2, Unit::kFraction, 0, 1);
  real("clip.norm", 1.0);
  whole("batch", 64, Unit::kExamples, 1);
  whole("steps", 1000, Unit::kSteps, 1);
  whole("seed", 1);
  whole("threads", 0);
  choice("numerics.compute", {"f32", "bf16", "f64"});
  choice("numerics.accumulate", {"f32", "f64"});
  choice("numerics.master", {"f32", "f64"});
  real("numerics.rtol", 2e-2);
  schema.path("data.path", "", "");
  schema.text("data.title", "", "");
  whole("data.seed", 20);
  choice("data.sampler", {"uniform_digits", "carry_heavy"});
  choice("data.format", {"plain", "reversed"});
  schema.integers("data.digits", {6, 12}, {1, 29}, "");
  schema.add({.path = "data.splits",
              .type = ValueType::kStringList,
              .fallback = std::vector<std::string>{},
              .text = ""});
  whole("data.seq_len", 64, Unit::kTokens, 1);
  whole("checkpoint.every", 500, Unit::kSteps, 1);
  whole("checkpoint.keep", 3, Unit::kNone, 1);
  whole("limit.memory", 0, Unit::kBytes, 0, 1e18);
  real("limit.wall", 0, Unit::kSeconds, 0, 1e9);
  return schema;
}

}  // namespace ascender::spec
