// The program: one subcommand a verb, each a function in a file of its own. Exit codes: 0 done, 1 environment, 2 input,
// 3 diverged, 70 bug, 75 SIGTERM, 130 Ctrl-C.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <unistd.h>

#include "apps/ascender/commands.h"
#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"

namespace {

int run_command(int argc, char** argv) {
  CLI::App app{"Ascender: a laboratory for training transformers"};
  app.require_subcommand(1);
  app.set_version_flag("--version", ascender::version_text());
  int code = 0;
  ascender::add_commands(app, code, {argv, argv + argc});
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return ascender::kExitInput;
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_command(argc, argv);
  } catch (const ascender::InputError& e) {
    std::fputs(ascender::render(e.diagnostics(), ::isatty(STDERR_FILENO) != 0).c_str(), stderr);
    return ascender::kExitInput;
  } catch (const ascender::EnvironmentError& e) {
    std::fprintf(stderr, "ascender: %s\n", e.what());
    return ascender::kExitEnvironment;
  } catch (const ascender::BugError& e) {
    std::fprintf(stderr, "ascender: this is a bug of the program:\n%s\n", e.what());
    return ascender::kExitBug;
  } catch (const std::bad_alloc&) {
    std::fputs("ascender: out of memory\n", stderr);
    return ascender::kExitEnvironment;
  }
}
