#include "ascender/lab/plan.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ascender/spec/check.h"
#include "ascender/train/faults.h"

namespace ascender {
namespace {

using Json = nlohmann::json;

// The place of a setting that `text` names in backquotes: of the first on the command line, else of the
// first.
Span place_in(const std::string& text, const std::map<std::string, Span>& places) {
  Span first;
  for (size_t begin = text.find('`'), end = 0; begin != std::string::npos; begin = text.find('`', end + 1)) {
    end = text.find('`', begin + 1);
    if (end == std::string::npos) break;
    const auto at = places.find(text.substr(begin + 1, end - begin - 1));
    if (at == places.end() || !at->second.source) continue;
    if (at->second.source->name.starts_with("<cli")) return at->second;
    if (!first.source) first = at->second;
  }
  return first;
}

// What a user names is relative to where the program was called; a run may be resumed from elsewhere.
void make_absolute(Value& value) {
  std::string& path = std::get<std::string>(value);
  if (!path.empty()) path = std::filesystem::absolute(path).lexically_normal().native();
}

std::vector<Diagnostic> located(std::vector<Diagnostic> found, const Trial& trial) {
  for (Diagnostic& d : found) {
    if (!d.span.source) d.span = place_in(d.message + d.help, trial.places);
  }
  return found;
}

struct ArmFault {
  Diagnostic fault;
  std::string first_arm;
  size_t num_arms;
};

void add_fault(std::vector<ArmFault>& found, Diagnostic fault, const std::string& arm) {
  const auto same =
      std::ranges::find_if(found, [&](const ArmFault& f) { return f.fault.message == fault.message; });
  if (same == found.end()) {
    found.push_back({std::move(fault), arm, 1});
  } else {
    ++same->num_arms;
  }
}

std::string in_arms(const ArmFault& f) {
  return f.num_arms == 1 ? fmt::format(" (in arm {})", f.first_arm)
                         : fmt::format(" (in {} arms, first in {})", f.num_arms, f.first_arm);
}

}  // namespace

Plan make_plan(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const Schema schema = training_schema();
  spec::CheckResult checked = spec::check(file, overrides, schema);
  if (!checked.ok()) throw InputError(std::move(checked.errors));
  const spec::Resolved& resolved = checked.resolved;
  Plan plan;
  plan.warnings = std::move(checked.warnings);
  for (const spec::NotRun& n : resolved.not_run)
    plan.not_run.push_back(n.name.empty() ? n.kind : fmt::format("{} {}", n.kind, n.name));
  for (const spec::Arm& arm : resolved.arms) {
    Config config(schema);
    std::map<std::string, Span> places;
    for (const spec::Assignment& a : arm.assignments) {
      config.set(a.path, a.value);
      places[a.path] = a.span;
    }
    for (const auto& [path, field] : schema.fields()) {
      if (field.type != ValueType::kPath || !places.contains(path)) continue;
      Value absolute = config.at(path);
      make_absolute(absolute);
      config.set(path, std::move(absolute));
    }
    if (config.text("name") == "run") config.set("name", file.stem().native());
    const std::string label = arm.label.empty() ? "default" : arm.label;
    const std::vector<int64_t> seeds =
        resolved.seeds.empty() ? std::vector<int64_t>{config.integer("seed")} : resolved.seeds;
    for (const int64_t seed : seeds) {
      config.set("seed", seed);
      plan.trials.push_back({label, seed, fmt::format("{}/seed-{}", label, seed), config, places});
    }
  }
  plan.name = resolved.name.empty() ? file.stem().native() : resolved.name;
  if (!plan.is_study()) plan.trials.front().folder.clear();
  return plan;
}

std::unique_ptr<Trainer> make_trainer(const Trial& trial) {
  try {
    auto trainer = std::make_unique<Trainer>(trial.config);
    trainer->load_weights();
    return trainer;
  } catch (const InputError& error) {
    const std::vector<Diagnostic> all = find_faults(trial.config);
    throw InputError(located(all.empty() ? error.diagnostics() : all, trial));
  }
}

void check_trials(const Plan& plan) {
  std::vector<ArmFault> found;
  size_t num_arms = 0;
  const std::string* arm = nullptr;
  for (const Trial& trial : plan.trials) {
    if (arm != nullptr && *arm == trial.arm) continue;  // seeds alone differ
    arm = &trial.arm;
    ++num_arms;
    for (Diagnostic& fault : located(find_faults(trial.config), trial))
      add_fault(found, std::move(fault), trial.arm);
  }
  std::vector<Diagnostic> all;
  for (ArmFault& f : found) {
    if (f.num_arms < num_arms) f.fault.message += in_arms(f);
    all.push_back(std::move(f.fault));
  }
  if (!all.empty()) throw InputError(std::move(all));
}

std::string to_json(const Plan& plan) {
  Json trials = Json::array();
  for (const Trial& t : plan.trials) {
    trials.push_back({{"arm", t.arm},
                      {"seed", t.seed},
                      {"folder", t.folder},
                      {"config", Json::parse(t.config.to_json())}});
  }
  return Json{{"name", plan.name}, {"trials", trials}}.dump(2) + "\n";
}

Plan plan_from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("trials") || !json.contains("name"))
    throw InputError("E0905", "plan.json is damaged");
  const Schema schema = training_schema();
  Plan plan;
  try {
    plan.name = json.at("name").get<std::string>();
    for (const Json& t : json.at("trials")) {
      plan.trials.push_back({t.at("arm").get<std::string>(), t.at("seed").get<int64_t>(),
                             t.at("folder").get<std::string>(),
                             Config::from_json(schema, t.at("config").dump())});
    }
  } catch (const Json::exception& e) {
    throw InputError("E0905", fmt::format("plan.json is damaged: {}", e.what()));
  }
  return plan;
}

}  // namespace ascender
