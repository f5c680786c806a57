#include "ascender/lab/plan.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ascender/spec/check.h"
#include "ascender/train/trainer.h"

namespace ascender {
namespace {

using Json = nlohmann::json;

}  // namespace

Plan make_plan(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const Schema schema = training_schema();
  spec::CheckResult checked = spec::check(file, overrides, schema);
  if (!checked.ok()) throw InputError(std::move(checked.errors));
  const spec::Resolved& resolved = checked.resolved;
  Plan plan;
  plan.warnings = std::move(checked.warnings);
  for (const spec::NotRun& n : resolved.not_run) plan.not_run.push_back(n.name.empty() ? n.kind : fmt::format("{} {}", n.kind, n.name));
  for (const spec::Arm& arm : resolved.arms) {
    Config config(schema);
    for (const spec::Assignment& a : arm.assignments) config.set(a.path, a.value);
    if (config.text("name") == "run") config.set("name", file.stem().native());
    const std::string label = arm.label.empty() ? "default" : arm.label;
    const std::vector<int64_t> seeds = resolved.seeds.empty() ? std::vector<int64_t>{config.integer("seed")} : resolved.seeds;
    for (const int64_t seed : seeds) {
      config.set("seed", seed);
      plan.trials.push_back({label, seed, fmt::format("{}/seed-{}", label, seed), config});
    }
  }
  plan.name = resolved.name.empty() ? file.stem().native() : resolved.name;
  if (!plan.is_study()) plan.trials.front().folder.clear();
  return plan;
}

std::string to_json(const Plan& plan) {
  Json trials = Json::array();
  for (const Trial& t : plan.trials) {
    trials.push_back({{"arm", t.arm}, {"seed", t.seed}, {"folder", t.folder}, {"config", Json::parse(t.config.to_json())}});
  }
  return Json{{"name", plan.name}, {"trials", trials}}.dump(2) + "\n";
}

Plan plan_from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("trials") || !json.contains("name")) throw InputError("E0905", "plan.json is damaged");
  const Schema schema = training_schema();
  Plan plan;
  try {
    plan.name = json.at("name").get<std::string>();
    for (const Json& t : json.at("trials")) {
      plan.trials.push_back({t.at("arm").get<std::string>(), t.at("seed").get<int64_t>(), t.at("folder").get<std::string>(),
                             Config::from_json(schema, t.at("config").dump())});
    }
  } catch (const Json::exception& e) {
    throw InputError("E0905", fmt::format("plan.json is damaged: {}", e.what()));
  }
  return plan;
}

}  // namespace ascender
