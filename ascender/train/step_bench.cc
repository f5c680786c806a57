// A GPT's training step (forward, backward, AdamW) against PyTorch, torch.compile and llm.c from the same
// weights: the losses of the first steps must agree before anything is timed.
#include <cmath>
#include <nlohmann/json.hpp>

#include "bench/gpt_training.h"

namespace ascender::bench {
namespace {

constexpr int kChecked = 3;
// Of the loss: both round differently, and AdamW divides by small numbers.
constexpr double kTolerance = 1e-4;

// Without --against PyTorch only: the others take their time.
struct StepPeer {
  const char* name;
  const char* script;
  std::vector<std::string> arguments;
  double GptCase::*goal;
  bool usual = false;
};
const std::vector<StepPeer> kPeers = {
    {"PyTorch", "gpt_torch.py", {}, &GptCase::goal, true},
    {"torch.compile", "gpt_torch.py", {"--compile"}, &GptCase::goal},
    {"llm.c", "gpt_llmc.py", {}, &GptCase::llmc_goal},
};

bool takes(const Options& options, const StepPeer& peer) {
  return options.against.empty() ? peer.usual : options.takes(peer.name);
}

void check(const GptCase& c, GptTraining& ours, ChildPeer& peer) {
  const double initial = ours.step(), uniform = std::log(static_cast<double>(c.vocab));
  ASC_CHECK(std::abs(initial - uniform) < 0.2, "{}: initial loss {} against {}", c.name, initial, uniform);
  if (!peer.running()) return;
  const auto answer =
      nlohmann::json::parse(peer.ask(fmt::format(R"({{"do": "train", "steps": {}}})", kChecked)));
  for (size_t i = 0; i < kChecked; ++i) {
    const double loss = i == 0 ? initial : ours.step(), theirs = answer.at("losses").at(i);
    ASC_CHECK(std::abs(loss - theirs) <= kTolerance * theirs, "{}, step {}: loss {} against {}", c.name, i,
              loss, theirs);
  }
}

void report(Run& run, const GptCase& c, const StepPeer& asked, ChildPeer& peer) {
  const std::string name = fmt::format("step {}", c.name);
  if (!run.wants(name) || (run.options().quick && c.large)) return;
  if (!peer.running() && !run.options().against.empty())
    return run.skip(name, fmt::format("{} does not run here", asked.name));
  GptTraining ours(c, run.options().threads);
  if (peer.running()) load_into(peer, c, ours);
  check(c, ours, peer);
  ours.context().work = {};
  ours.step();
  report_beside(
      run, {.name = name, .flops = ours.context().work.flops, .goal = c.*asked.goal}, [&] { ours.step(); },
      peer, R"({"do": "time"})");
}

ASC_BENCH(step, "a GPT's training step against PyTorch (fused AdamW), torch.compile or llm.c") {
  for (const StepPeer& asked : kPeers) {
    if (!takes(run.options(), asked)) continue;
    ChildPeer peer = python_peer(run.options(), asked.script, asked.arguments);
    for (const GptCase& c : kGptCases) report(run, c, asked, peer);
  }
}

}  // namespace
}  // namespace ascender::bench
