// The verbs of the program. A command is one function here and one line in commands.cc.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ascender {

enum ExitCode : int {
  kExitDone = 0,
  kExitEnvironment = 1,
  kExitInput = 2,
  kExitDiverged = 3,
  kExitBug = 70,
  kExitTerminated = 75,
  kExitInterrupted = 130,
};

std::string version_text();
// The commit that was built, with `+` where the tree held changes; `unknown` outside a repository.
std::string code_version();

// Adds every verb to `app`; the one that is asked for leaves its exit code in `code`.
void add_commands(CLI::App& app, int& code, const std::vector<std::string>& command_line);

void add_run(CLI::App& app, int& code, const std::vector<std::string>& command_line);     // run, resume
void add_check(CLI::App& app, int& code);                                                 // check
void add_settings(CLI::App& app, int& code);                                              // settings
void add_replay(CLI::App& app, int& code, const std::vector<std::string>& command_line);  // replay
void add_generate(CLI::App& app, int& code);                                              // generate
void add_export(CLI::App& app, int& code);                                                // export
void add_show(CLI::App& app, int& code);                                                  // runs, show
void add_bench(CLI::App& app, int& code);                                                 // bench

}  // namespace ascender
