// ascender check FILE [path=value ...]: every fault of an experiment file at once, and what it would run.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ascender/lab/plan.h"

#include "apps/ascender/commands.h"

namespace ascender {

void add_check(CLI::App& app, int& code) {
  struct Arguments {
    std::string file;
    std::vector<std::string> overrides;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("check", "Check an experiment file and say what it would run");
  command->add_option("FILE", a->file, "The experiment, a .ascend file")->required();
  command->add_option("overrides", a->overrides, "path=value");
  command->callback([a, &code] {
    const Plan plan = make_plan(a->file, a->overrides);
    check_trials(plan);
    for (const Diagnostic& w : plan.warnings) fmt::print("{}", render(w));
    fmt::print("{}: {} run{}\n", plan.name, plan.trials.size(), plan.trials.size() == 1 ? "" : "s");
    for (const Trial& t : plan.trials) fmt::print("  {} seed {}\n", t.arm, t.seed);
    for (const std::string& n : plan.not_run) fmt::print("  checked, not run: {}\n", n);
    code = kExitDone;
  });
}

}  // namespace ascender
