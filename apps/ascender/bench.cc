// ascender bench [WHAT] [OPTIONS]: checks, then times; the work is done by ascender-bench beside this
// program.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <unistd.h>

#include "ascender/base/error.h"

#include "apps/ascender/commands.h"

namespace ascender {

void add_bench(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand(
      "bench", "Check kernels against their references, then time them (`ascender bench --help` lists them)");
  command->allow_extras();
  command->prefix_command();
  command->set_help_flag();
  command->callback([command, &code] {
    const std::filesystem::path program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "ascender-bench";
    std::vector<std::string> arguments = command->remaining();  // all of them, in order
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (std::string& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    code = kExitEnvironment;
    throw_errno("exec", program.native() + " (build it with: make bench)");
  });
}

}  // namespace ascender
