// ascender bench [WHAT] [OPTIONS]: checks, then times; the work is done by ascender-bench beside this program.
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <filesystem>

#include "apps/ascender/commands.h"
#include "ascender/base/error.h"

namespace ascender {

void add_bench(CLI::App& app, int& code) {
  auto rest = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("bench", "Check kernels against their references, then time them (`ascender bench --help` lists them)");
  command->add_option("arguments", *rest, "What to time and options, as ascender-bench takes them");
  command->allow_extras();
  command->prefix_command();
  command->set_help_flag();
  command->callback([command, rest, &code] {
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "ascender-bench";
    std::vector<std::string> arguments = *rest;
    for (const std::string& extra : command->remaining()) arguments.push_back(extra);
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (std::string& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    code = kExitEnvironment;
    throw_errno("exec", program.native() + " (build it with: make bench)");
  });
}

}  // namespace ascender
