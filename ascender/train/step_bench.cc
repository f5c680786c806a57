// A GPT's training step (forward, backward, AdamW) against PyTorch from the same weights: the losses of the
// first steps must agree before anything is timed.
#include <cmath>
#include <nlohmann/json.hpp>

#include "bench/gpt_training.h"

namespace ascender::bench {
namespace {

constexpr int kChecked = 3;
// Of the loss: both round differently, and AdamW divides by small numbers.
constexpr double kTolerance = 1e-4;

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

void report(Run& run, const GptCase& c, ChildPeer& peer) {
  const std::string name = fmt::format("step {}", c.name);
  if (!run.wants(name) || (run.options().quick && c.large)) return;
  GptTraining ours(c, run.options().threads);
  if (peer.running()) load_into(peer, c, ours);
  check(c, ours, peer);
  ours.context().work = {};
  ours.step();
  report_beside(
      run, {.name = name, .flops = ours.context().work.flops, .goal = c.goal}, [&] { ours.step(); }, peer,
      R"({"do": "time"})");
}

ASC_BENCH(step, "a GPT's training step against PyTorch (eager, fused AdamW)") {
  ChildPeer peer = python_peer(run.options(), "gpt_torch.py");
  for (const GptCase& c : kGptCases) report(run, c, peer);
}

}  // namespace
}  // namespace ascender::bench
