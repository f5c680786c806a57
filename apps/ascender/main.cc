// The program: one subcommand a verb, each a function in a file of its own. Exit codes: 0 done, 1
// environment, 2 input, 3 diverged, 70 bug, 75 SIGTERM, 130 Ctrl-C.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fmt/format.h>
#include <new>
#include <unistd.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"

#include "apps/ascender/commands.h"

namespace {

// A word that is no command is answered with the nearest one.
void require_known_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (word.starts_with("-") || std::ranges::find(names, word) != names.end()) return;
  const std::string near = ascender::nearest(word, names);
  throw ascender::InputError(
      "E0910", fmt::format("there is no command `{}`", word),
      near.empty() ? "`ascender --help` lists them" : fmt::format("did you mean `{}`?", near));
}

int run_command(int argc, char** argv) {
  CLI::App app{"Ascender: a laboratory for training transformers"};
  app.require_subcommand(1);
  app.set_version_flag("--version", ascender::version_text());
  int code = 0;
  ascender::add_commands(app, code, {argv, argv + argc});
  try {
    if (argc == 1) throw CLI::CallForHelp();
    require_known_command(app, argv[1]);
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
  std::signal(SIGXFSZ, SIG_IGN);  // a write past the limit on file sizes is then an error with a message
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
  } catch (const std::exception& e) {
    std::fprintf(stderr, "ascender: this is a bug of the program:\n%s\n", e.what());
    return ascender::kExitBug;
  }
}
