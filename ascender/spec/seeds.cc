#include "ascender/spec/seeds.h"

#include <fmt/core.h>
#include <set>

#include "ascender/spec/resolve.h"

namespace ascender::spec {
namespace {

const Definition* strongest_seed(const Model& model) {
  const auto found = model.by_path.find("seed");
  if (found == model.by_path.end()) return nullptr;
  const Definition* best = nullptr;
  for (size_t i : found->second) {
    const Definition& d = model.definitions[i];
    if (best == nullptr || d.layer > best->layer) best = &d;
  }
  return best;
}

void drop_seed(Model& model) {
  model.by_path.erase("seed");
  for (Definition& d : model.definitions) d.tunes = d.tunes && d.field->path != "seed";
  std::erase_if(model.variations, [](const Variation& v) { return v.field->path == "seed"; });
}

}  // namespace

void prefer_stronger_seeds(Model& model, Report& report) {
  const Definition* seed = strongest_seed(model);
  if (seed == nullptr || model.seeds == nullptr) return;
  const int one = strength(model, seed->layer), several = strength(model, model.seeds_layer);
  if (one == several) {
    report.error("E0306", "`seed` and `seeds` are both given", seed->span, "leave one of them out",
                 {{model.seeds->span, "the seeds"}});
  }
  if (one > several) {
    model.seeds = nullptr;
  } else {
    drop_seed(model);
  }
}

std::vector<int64_t> seeds_of(const Model& model, const Names& names, Report& report) {
  if (model.seeds == nullptr) return {};
  const Field field{.path = "seeds", .type = ValueType::kIntList, .fallback = {}, .text = "", .minimum = 0};
  const Point nowhere;
  Resolver resolver(model, names, nowhere, report);
  Evaluator evaluator(resolver, report, model.has_syntax_errors);
  const Outcome out = evaluator.evaluate(*model.seeds);
  if (!out.known()) return {};
  const auto value = to_value(out.value, field, model.seeds->span, report);
  if (!value) return {};
  const auto& seeds = std::get<std::vector<int64_t>>(*value);
  if (seeds.empty()) report.error("E0509", "there must be at least one seed", model.seeds->span);
  std::set<int64_t> seen;
  for (int64_t seed : seeds) {
    if (seen.insert(seed).second) continue;
    report.error("E0509", fmt::format("seed {} stands twice: its runs would be the same run", seed),
                 model.seeds->span);
  }
  return seeds;
}

}  // namespace ascender::spec
