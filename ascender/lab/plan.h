// From a checked experiment file to the runs it asks for: every arm of the grid with every seed, each a
// resolved configuration and a folder of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/base/diagnostic.h"
#include "ascender/train/trainer.h"

namespace ascender {

struct Trial {
  std::string arm;  // "default", or "model.d=64,optimizer.lr=0.001"
  int64_t seed = 1;
  std::string folder;  // below the study's: arm/seed-1; "" when the plan is a single run
  Config config;
  std::map<std::string, Span> places{};  // where the file or the command line gave a setting
};

struct Plan {
  std::string name;
  std::vector<Trial> trials;         // arms in the file's order, seeds innermost
  std::vector<std::string> not_run;  // what the file states that is checked but not executed
  std::vector<Diagnostic> warnings;
  bool is_study() const { return trials.size() > 1; }
};

// InputError with every fault of the file and the overrides.
Plan make_plan(const std::filesystem::path& file, const std::vector<std::string>& overrides);

// Makes every arm without its weights. InputError with every fault of every arm, each at its setting.
void check_trials(const Plan& plan);

// A trainer of the trial, with the weights that it begins with. InputError with every fault, each at its
// setting.
std::unique_ptr<Trainer> make_trainer(const Trial& trial);

// plan.json of a study, so that it can be resumed by itself.
std::string to_json(const Plan& plan);
Plan plan_from_json(const std::string& text);

}  // namespace ascender
