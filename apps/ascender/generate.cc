// ascender generate RUN [PROMPT]: a sum loop by loop, another question answered, or text after a prompt.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <optional>

#include "apps/ascender/commands.h"
#include "apps/ascender/result.h"

namespace ascender {
namespace {

struct Arguments {
  std::string run, prompt;
  std::optional<std::string> checkpoint;
  int loops = 32;
  int samples = 1;
  int64_t tokens = 256;
  std::optional<uint64_t> seed;
  double temperature = -1;
  int64_t top_k = -1;
};

void generate(const Arguments& a) {
  const LoadedRun loaded = load_run(find_run("runs", a.run), print_warning, a.checkpoint.value_or("latest"));
  if (a.checkpoint) fmt::print(stderr, "checkpoint of step {}\n", loaded.step);
  Trainer& trainer = *loaded.trainer;
  trainer.with_final_weights([&] {
    GenerateOptions options = generate_options_for(trainer.task());
    options.max_tokens = a.tokens;
    if (a.temperature >= 0) options.sampling.temperature = a.temperature;
    if (a.top_k >= 0) options.sampling.top_k = a.top_k;
    std::optional<PythonRandom> reference = trainer.reference_random();
    if (reference && !a.seed) options.reference = &*reference;
    for (int i = 0; i < a.samples; ++i) {
      options.seed = a.seed.value_or(1) + static_cast<uint64_t>(i);
      ask(trainer, a.prompt, a.loops, options);
    }
  });
}

}  // namespace

void add_generate(CLI::App& app, int& code) {
  auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "generate", "Ask a trained model: \"12+34\" shows a sum loop by loop, other prompts go on as text");
  command->add_option("RUN", a->run, "The run: a folder, an id or `latest`")->required();
  command->add_option("PROMPT", a->prompt, "What it is asked; text may be empty");
  add_checkpoint_option(*command, a->checkpoint);
  command->add_option("--loops", a->loops, "Loops shown of a sum")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--samples", a->samples, "Texts to write")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--tokens", a->tokens, "Tokens of a text at most")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--seed", a->seed, "Seed of the draws; default 1, or the reference program's stream");
  command->add_option("--temperature", a->temperature, "0: always the likeliest; default: the task's")
      ->check(CLI::Range(0.0, 100.0));
  command->add_option("--top-k", a->top_k, "Draw among this many likeliest; 0: all")
      ->check(CLI::NonNegativeNumber);
  command->callback([a, &code] {
    generate(*a);
    code = kExitDone;
  });
}

}  // namespace ascender
