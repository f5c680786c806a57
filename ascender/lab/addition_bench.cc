// Addition's training steps against PyTorch: the experiments that are shipped, every 20th step of the run, so
// that digits and loops are drawn as in the whole of it. PyTorch is told which were drawn.
#include <nlohmann/json.hpp>

#include "ascender/lab/plan.h"
#include "ascender/nn/looplm/looplm.h"
#include "ascender/train/trainer.h"

#include "bench/child_peer.h"

namespace ascender::bench {
namespace {

struct Experiment {
  const char* name;
  const char* file;
  std::vector<std::string> recipe;  // the same one, as addition_torch.py takes it
  double goal;
};
const Experiment kExperiments[] = {
    {"addition, all at once",
     "addition.ascend",
     {"--mode=par", "--set=schedule=linear", "--set=final=0", "--set=clip=0.1", "--set=weight_decay=0.5"},
     2.4},
    {"addition, digit by digit", "addition_ar.ascend", {"--mode=ar", "--set=weight_decay=0.3"}, 2.5},
};

class Sums {
 public:
  Sums(const Experiment& e, const Options& options)
      : trainer_(make_plan(ASCENDER_SOURCE_DIR "/experiments/" + std::string(e.file),
                           {fmt::format("threads={}", options.threads)})
                     .trials.front()
                     .config) {
    const int64_t stride = options.quick ? 100 : 20;
    for (int64_t step = 0; step < trainer_.total_steps(); step += stride) steps_.push_back(step);
  }

  // One sample; its mean loss over the last third of the steps, where loops and digits vary as they do at the
  // end.
  double run() {
    losses_.clear();
    for (const int64_t step : steps_) {
      trainer_.set_next_step(step);
      losses_.push_back(trainer_.step().loss);
    }
    return late_mean(losses_);
  }
  double flops() const { return trainer_.flops(); }

  // [[step, digits, loops], ...] as drawn here.
  nlohmann::json request() {
    const auto seed = static_cast<uint64_t>(trainer_.config().integer("seed"));
    const int64_t rows = trainer_.config().integer("batch");
    BatchBuffer buffer(rows, trainer_.task().shape().train_length);
    const auto& model = dynamic_cast<const LoopLm&>(trainer_.model());
    nlohmann::json out = nlohmann::json::array();
    for (const int64_t step : steps_) {
      Batch batch = buffer.batch(rows);
      trainer_.task().sample(seed, static_cast<uint64_t>(step), batch);
      const int loops = draw_loops(model.loop_plan(), seed, static_cast<uint64_t>(step),
                                   static_cast<uint64_t>(trainer_.total_steps()));
      out.push_back({step, batch.num_targets() / rows - 1, loops});
    }
    return out;
  }

  static double late_mean(const std::vector<double>& losses) {
    double sum = 0;
    const size_t first = losses.size() * 2 / 3;
    for (size_t i = first; i < losses.size(); ++i) sum += losses[i];
    return sum / static_cast<double>(losses.size() - first);
  }

 private:
  Trainer trainer_;
  std::vector<int64_t> steps_;
  std::vector<double> losses_;
};

// Both begin from weights and sums of their own: the check is that both learn, and alike.
void check(const std::string& name, double ours, double theirs) {
  ASC_CHECK(ours < 2.1 && std::abs(ours - theirs) < 0.25, "{}: late loss {} against {}", name, ours, theirs);
}

void report(Run& run, const Experiment& e) {
  const std::string name = fmt::format("step {}", e.name);
  if (!run.wants(name) || !run.options().takes("PyTorch")) return;
  Sums sums(e, run.options());
  const std::string request = sums.request().dump();
  const double late = sums.run();
  std::vector<std::string> arguments{"--serve", fmt::format("--threads={}", run.options().threads)};
  arguments.insert(arguments.end(), e.recipe.begin(), e.recipe.end());
  ChildPeer peer = python_peer(run.options(), "addition_torch.py", arguments);
  if (peer.running()) {
    check(name, late, Sums::late_mean(nlohmann::json::parse(peer.ask(request)).at("losses")));
  }
  report_beside(
      run, {.name = name, .flops = sums.flops(), .goal = e.goal}, [&] { sums.run(); }, peer, request);
}

ASC_BENCH(step, "addition: every 20th training step against PyTorch") {
  for (const Experiment& e : kExperiments) report(run, e);
}

}  // namespace
}  // namespace ascender::bench
