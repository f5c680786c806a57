// ascender runs: the runs there are;  ascender show RUN: one of them, or a study as a table.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ascender/lab/study.h"
#include "ascender/record/run_folder.h"
#include "ascender/report/runs.h"
#include "ascender/train/checkpoint/folder.h"
#include "ascender/train/trainer.h"

#include "apps/ascender/commands.h"
#include "apps/ascender/result.h"

namespace ascender {
namespace {

// "checkpoints: 10, 20 (best), 30"
std::string checkpoints_text(const RunFolder& run) {
  if (!std::filesystem::is_directory(run.checkpoints())) return "";
  const CheckpointFolder folder(run.checkpoints(), 1);
  const std::optional<int64_t> best = folder.best_step();
  std::string out;
  for (const int64_t step : folder.steps())
    out += fmt::format("{}{}{}", out.empty() ? "" : ", ", step, step == best ? " (best)" : "");
  return out.empty() ? "" : fmt::format("\ncheckpoints at steps {}\n", out);
}

}  // namespace

TextStyle terminal_style() {
  TextStyle style{.width = 110, .color = ::isatty(STDOUT_FILENO) != 0};
  struct winsize size {};
  if (style.color && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    style.width = size.ws_col;
  return style;
}

void add_show(CLI::App& app, int& code) {
  auto root = std::make_shared<std::string>("runs");
  CLI::App* runs = app.add_subcommand("runs", "List the runs, the newest first");
  runs->add_option("--root", *root, "Folder of the runs")->capture_default_str();
  runs->callback([root, &code] {
    fmt::print("{}", runs_text(*root, std::time(nullptr), terminal_style()));
    code = kExitDone;
  });

  auto name = std::make_shared<std::string>();
  CLI::App* show =
      app.add_subcommand("show", "Show a run: settings, metrics, loss curves (also as loss.svg)");
  show->add_option("RUN", *name, "The run or study: a folder, an id or `latest`")->required();
  show->callback([name, root, &code] {
    const std::filesystem::path path = find_recorded(*root, *name);
    if (holds_study(path)) {
      fmt::print("{}", study_text(read_study(path / "summary.json"), terminal_style()));
    } else {
      const Schema schema = training_schema();
      const RunFolder run = RunFolder::open(path);
      fmt::print("{}{}", show_text(run, &schema, terminal_style()), checkpoints_text(run));
    }
    code = kExitDone;
  });
}

}  // namespace ascender
