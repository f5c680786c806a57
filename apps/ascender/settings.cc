// ascender settings [PREFIX]: every setting with its default, its values, what it does and who reads it.
#include "ascender/report/settings.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ascender/base/diagnostic.h"
#include "ascender/train/trainer.h"

#include "apps/ascender/commands.h"
#include "apps/ascender/result.h"

namespace ascender {
namespace {

[[noreturn]] void refuse(const Schema& schema, const std::string& prefix) {
  std::vector<std::string> known;
  for (const auto& [path, field] : schema.fields()) {
    known.push_back(path);
    known.push_back(path.substr(0, path.find('.')));
  }
  const std::string near = nearest(prefix, known);
  throw InputError("E0915", fmt::format("no setting is called `{}` or begins with it", prefix),
                   near.empty() ? "`ascender settings` lists them" : fmt::format("did you mean `{}`?", near));
}

}  // namespace

void add_settings(CLI::App& app, int& code) {
  struct Arguments {
    std::string prefix;
    bool page = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "settings", "List the settings: default, values, what each does, which models or tasks read it");
  command->add_option("PREFIX", a->prefix, "A setting or a group of them, such as `optimizer`");
  command->add_flag("--page", a->page, "Print all as the page docs/settings.md");
  command->callback([a, &code] {
    const Schema schema = training_schema();
    const std::string text =
        a->page ? settings_page(schema) : settings_text(schema, a->prefix, terminal_style());
    if (text.empty()) refuse(schema, a->prefix);
    fmt::print("{}", text);
    code = kExitDone;
  });
}

}  // namespace ascender
