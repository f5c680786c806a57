// ascender export RUN FILE: a run's weights as safetensors, under the names that `model.load` takes.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ascender/nn/safetensors/weights.h"
#include "ascender/train/run/run.h"

#include "apps/ascender/commands.h"
#include "apps/ascender/result.h"

namespace ascender {

void add_export(CLI::App& app, int& code) {
  struct Arguments {
    std::string run, file;
    std::optional<std::string> checkpoint;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("export", "Write a run's weights as safetensors, which `model.load` reads");
  command->add_option("RUN", a->run, "The run: a folder, an id or `latest`")->required();
  command->add_option("FILE", a->file, "The file to write, such as model.safetensors")->required();
  add_checkpoint_option(*command, a->checkpoint);
  command->callback([a, &code] {
    const LoadedRun loaded =
        load_run(find_run("runs", a->run), print_warning, a->checkpoint.value_or("latest"));
    Trainer& trainer = *loaded.trainer;
    trainer.with_final_weights([&] { save_weights(trainer.model().parameters(), a->file); });
    fmt::print("{}: {} tensors of step {}\n", a->file, trainer.model().parameters().size(), loaded.step);
    code = kExitDone;
  });
}

}  // namespace ascender
