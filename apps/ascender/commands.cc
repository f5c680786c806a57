#include "apps/ascender/commands.h"

#include <CLI/CLI.hpp>

namespace ascender {

std::string version_text() { return "ascender 0.1.0, code " + code_version(); }

void add_commands(CLI::App& app, int& code, const std::vector<std::string>& command_line) {
  add_run(app, code, command_line);
  add_check(app, code);
  add_settings(app, code);
  add_replay(app, code, command_line);
  add_generate(app, code);
  add_export(app, code);
  add_show(app, code);
  add_bench(app, code);
}

}  // namespace ascender
