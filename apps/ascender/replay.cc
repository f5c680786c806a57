// ascender replay RUN --from STEP: trains again from a checkpoint and compares every byte.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ascender/train/run/run.h"

#include "apps/ascender/commands.h"

namespace ascender {

void add_replay(CLI::App& app, int& code, const std::vector<std::string>& command_line) {
  struct Arguments {
    std::string run;
    int64_t from = 0;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("replay", "Train again from a checkpoint and compare with what the run recorded");
  command->add_option("RUN", a->run, "The run: a folder, an id or `latest`")->required();
  command->add_option("--from", a->from, "Step: the last checkpoint at or before it")
      ->check(CLI::NonNegativeNumber);
  command->callback([a, &code, command_line] {
    const std::unique_ptr<Display> display = make_display(DisplayMode::kAuto, stdout);
    const ReplayReport report =
        replay_run(find_run("runs", a->run), a->from, {display.get(), nullptr, command_line, code_version()});
    display->finish();
    for (const std::string& d : report.differences) fmt::print("differs: {}\n", d);
    if (report.differences.empty())
      fmt::print("steps {} to {}: every byte is the same\n", report.from, report.to);
    code = report.differences.empty() ? kExitDone : kExitBug;
  });
}

}  // namespace ascender
