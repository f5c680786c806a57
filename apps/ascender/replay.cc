// ascender replay RUN [--from STEP]: trains again from a checkpoint and compares every byte.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ascender/train/run/run.h"

#include "apps/ascender/commands.h"

namespace ascender {

constexpr size_t kMostShown = 10;  // differences

void add_replay(CLI::App& app, int& code, const std::vector<std::string>& command_line) {
  struct Arguments {
    std::string run;
    std::optional<int64_t> from;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("replay", "Train again from a checkpoint and compare with what the run recorded");
  command->add_option("RUN", a->run, "The run: a folder, an id or `latest`")->required();
  command
      ->add_option("--from", a->from,
                   "Step: the last checkpoint at or before it; default: the oldest there is")
      ->check(CLI::NonNegativeNumber);
  command->callback([a, &code, command_line] {
    const std::unique_ptr<Display> display = make_display(DisplayMode::kAuto, stdout);
    const ReplayReport report =
        replay_run(find_run("runs", a->run), a->from, {display.get(), nullptr, command_line, code_version()});
    display->finish();
    const size_t found = report.differences.size(), shown = std::min(found, kMostShown);
    for (size_t i = 0; i < shown; ++i) fmt::print("differs: {}\n", report.differences[i]);
    if (found > shown) fmt::print("and {} more\n", found - shown);
    if (found == 0) fmt::print("steps {} to {}: every byte is the same\n", report.from, report.to);
    code = found == 0 ? kExitDone : report.foreseen ? kExitEnvironment : kExitBug;
  });
}

}  // namespace ascender
