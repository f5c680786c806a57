// Peak memory of a training step beyond parameters, gradients and moments against PyTorch, both measured
// alike in a process of their own: resident memory at its highest in two steps, less that before them, less
// gradients and moments.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/gpt_training.h"
#include "bench/process.h"

namespace ascender::bench {
namespace {

double our_peak(const GptCase& c, int threads, bool recompute) {
  return in_a_child([&] {
    GptTraining training(c, threads, recompute);
    reset_highest_resident();
    const double before = resident_bytes();
    training.step();
    training.step();
    return highest_resident_bytes() - before -
           3.0 * static_cast<double>(training.parameters().flat_values().bytes());
  });
}

double peer_peak(ChildPeer& peer, const GptCase& c, int threads) {
  {
    const GptTraining ours(c, threads);
    load_into(peer, c, ours);
  }
  return nlohmann::json::parse(peer.ask(R"({"do": "memory"})")).at("bytes").get<double>();
}

void report(Run& run, const GptCase& c) {
  const std::string name = fmt::format("memory {}", c.name);
  if (!run.wants(name) || (run.options().quick && c.large)) return;
  const int threads = run.options().threads;
  ChildPeer peer = python_peer(run.options(), "gpt_torch.py");
  const double theirs = peer.running() ? peer_peak(peer, c, threads) : 0;
  for (const bool recompute : {false, true}) {
    Row row{.name = name + (recompute ? ", recompute" : ""), .memory = our_peak(c, threads, recompute)};
    if (theirs > 0) {
      const double ratio = theirs / row.memory;
      row.peer = peer.name();
      row.ratio = {ratio, ratio, ratio, 1};
      row.goal = 2.5;
    }
    run.report(row);
  }
}

ASC_BENCH(memory,
          "peak memory of a training step beyond parameters, gradients and moments, against PyTorch") {
  for (const GptCase& c : kGptCases) report(run, c);
}

}  // namespace
}  // namespace ascender::bench
