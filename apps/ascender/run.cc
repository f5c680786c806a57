// ascender run FILE [path=value ...] [--run DIR];  ascender resume DIR
#include <CLI/CLI.hpp>
#include <csignal>
#include <fmt/format.h>
#include <unistd.h>

#include "ascender/base/diagnostic.h"
#include "ascender/lab/study.h"

#include "apps/ascender/commands.h"
#include "apps/ascender/result.h"

namespace ascender {
namespace {

std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler writes it");

std::atomic<bool> has_work{false};  // that a signal must not lose

// The first signal asks for an orderly stop, or ends the process where nothing can be lost; a second one of
// the same kind ends it as usual.
void on_signal(int signal) {
  if (!has_work.load()) ::_exit(signal == SIGTERM ? kExitTerminated : kExitInterrupted);
  stop_signal.store(signal);
  std::signal(signal, SIG_DFL);
}

void catch_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

struct Arguments {
  std::string file, folder, root = "runs";
  std::vector<std::string> overrides;
  bool quiet = false, json = false, plain = false;
  DisplayMode mode() const {
    return quiet   ? DisplayMode::kQuiet
           : json  ? DisplayMode::kJson
           : plain ? DisplayMode::kPlain
                   : DisplayMode::kAuto;
  }
};

int exit_code(RunStatus status) {
  switch (status) {
    case RunStatus::kDone:
      return kExitDone;
    case RunStatus::kDiverged:
      return kExitDiverged;
    case RunStatus::kFailed:
      return kExitEnvironment;
    case RunStatus::kStopped:
      return stop_signal.load() == SIGTERM ? kExitTerminated : kExitInterrupted;
  }
  return kExitBug;
}

void say_how_to_resume(Display& display, RunStatus status, const std::string& folder) {
  if (status == RunStatus::kStopped)
    display.note(fmt::format("stopped; go on with: ascender resume {}", folder));
}

int end_run(const Arguments& a, Display& display, const RunFolder& folder, const RunOutcome& outcome) {
  if (a.mode() == DisplayMode::kJson) {
    print_result_line(folder, outcome);
  } else {
    print_result(display, folder, outcome);
    say_how_to_resume(display, outcome.status, folder.path().native());
  }
  return exit_code(outcome.status);
}

int end_study(const Arguments& a, Display& display, const std::filesystem::path& folder,
              const StudyOutcome& outcome) {
  if (a.mode() == DisplayMode::kJson) {
    print_study_line(outcome, folder);
  } else {
    print_study(display, outcome.table, folder);
    say_how_to_resume(display, outcome.status, folder.native());
  }
  return exit_code(outcome.status);
}

int run(const Arguments& a, const std::vector<std::string>& command_line) {
  catch_signals();
  const std::unique_ptr<Display> display = make_display(a.mode(), stdout);
  const Plan plan = make_plan(a.file, a.overrides);
  for (const Diagnostic& w : plan.warnings) display->warn(render(w));
  if (!plan.not_run.empty()) {
    display->note(fmt::format("checked, not run: {}", fmt::join(plan.not_run, ", ")));
  }
  const RunOptions options{display.get(), &stop_signal, command_line, code_version()};
  if (plan.is_study()) {
    check_trials(plan);
    const std::filesystem::path folder =
        a.folder.empty() ? std::filesystem::path(a.root) /
                               make_run_id(plan.trials.front().config.text("name"), 0, std::time(nullptr))
                         : std::filesystem::path(a.folder);
    display->note(fmt::format("study {} in {}", plan.name, folder.native()));
    has_work = true;
    return end_study(a, *display, folder, start_study(folder, plan, options));
  }
  const Trial& trial = plan.trials.front();
  std::unique_ptr<Trainer> trainer = make_trainer(trial);
  const RunStart start = run_start(*trainer, options);
  const RunFolder folder = a.folder.empty()
                               ? RunFolder::create_in(a.root, trial.config.text("name"), trial.seed, start)
                               : RunFolder::create(a.folder, start);
  display->note(fmt::format("run {}", folder.path().native()));
  has_work = true;
  const RunOutcome outcome = start_run(folder, std::move(trainer), options);
  const int code = end_run(a, *display, folder, outcome);
  has_work = false;
  if (outcome.status == RunStatus::kDone && stop_signal == 0 && !a.quiet && !a.json)
    demonstrate(*display, folder, outcome);
  return code;
}

int resume(const Arguments& a, const std::vector<std::string>& command_line) {
  catch_signals();
  const std::unique_ptr<Display> display = make_display(a.mode(), stdout);
  const RunOptions options{display.get(), &stop_signal, command_line, code_version()};
  const std::filesystem::path path = find_recorded(a.root, a.folder);
  if (holds_study(path)) {
    has_work = true;
    return end_study(a, *display, path, resume_study(path, options));
  }
  const RunFolder folder = RunFolder::resume(path);
  if (const std::optional<RunOutcome> finished = finished_run(folder)) {
    display->note(fmt::format("run {} is finished", folder.path().native()));
    return end_run(a, *display, folder, *finished);
  }
  std::unique_ptr<Trainer> trainer = stored_trainer(folder);
  has_work = true;
  return end_run(a, *display, folder, resume_run(folder, std::move(trainer), options));
}

void add_display_flags(CLI::App& command, Arguments& a) {
  command.add_flag("--quiet", a.quiet, "Print warnings only");
  command.add_flag("--json", a.json, "Print JSON lines: progress, notes, the result last");
  command.add_flag("--plain", a.plain, "Print plain lines on a terminal too");
}

}  // namespace

void add_run(CLI::App& app, int& code, const std::vector<std::string>& command_line) {
  auto a = std::make_shared<Arguments>();
  CLI::App* run_command = app.add_subcommand("run", "Run an experiment file");
  run_command->add_option("FILE", a->file, "The experiment, a .ascend file")->required();
  run_command->add_option("overrides", a->overrides, "path=value, in the language of the file");
  run_command->add_option("--run", a->folder, "Folder of the run; it must not exist")
      ->check([](const std::string& folder) { return std::string(folder.empty() ? "names no folder" : ""); });
  add_display_flags(*run_command, *a);
  run_command->callback([a, &code, command_line] { code = run(*a, command_line); });

  CLI::App* resume_command =
      app.add_subcommand("resume", "Go on with a run or a study that was stopped or killed");
  resume_command->add_option("DIR", a->folder, "The run or study: a folder, an id or `latest`")->required();
  add_display_flags(*resume_command, *a);
  resume_command->callback([a, &code, command_line] { code = resume(*a, command_line); });
}

}  // namespace ascender
