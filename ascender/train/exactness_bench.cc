// The price of a fixed order of every sum: training steps as they are against the same steps with sums cut
// into one part a worker (Order::kFree). Matmul and attention have one order and no faster one to compare
// with: docs/results/training.md.
#include <cmath>

#include "ascender/kernels/reduce/reduce.h"

#include "bench/gpt_training.h"

namespace ascender::bench {
namespace {

// A step and the norm of its gradient, which every run logs; the loss.
double step(GptTraining& training, Order order) {
  training.context().order = order;
  const double loss = training.step();
  sum_of_squares(training.context(), training.parameters().flat_gradients());
  return loss;
}

double second_loss(const GptCase& c, int threads, Order order) {
  GptTraining training(c, threads);
  step(training, order);
  return step(training, order);
}

void report(Run& run, const GptCase& c) {
  const std::string name = fmt::format("exactness {}", c.name);
  if (!run.wants(name) || (run.options().quick && c.large)) return;
  const int threads = run.options().threads;
  const double fixed = second_loss(c, threads, Order::kFixed), free = second_loss(c, threads, Order::kFree);
  ASC_CHECK(std::abs(fixed - free) < 1e-4 * fixed, "{}: loss {} in fixed order, {} in free", name, fixed,
            free);
  GptTraining training(c, threads);
  const Comparison both = compare(sampler([&] { step(training, Order::kFixed); }, kLongSample),
                                  sampler([&] { step(training, Order::kFree); }, kLongSample), run.options());
  run.report({.name = name, .time = both.ours, .peer = "free order", .ratio = both.ratio, .goal = 0.95});
}

ASC_BENCH(exactness, "the price of a fixed order of every sum, in training steps") {
  for (const GptCase& c : kGptCases) report(run, c);
}

}  // namespace
}  // namespace ascender::bench
