// What the benchmarks of the small kernels share: checked against the reference, timed beside it, counted by
// the kernel itself.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "ascender/base/random.h"
#include "ascender/kernels/context.h"

#include "bench/bench.h"

namespace ascender::bench {

class Desk {
 public:
  explicit Desk(Run& run)
      : run_(run), threads_(run.options().threads), scratch_(size_t{1} << 32), context_{threads_, scratch_} {}

  Tensor normal(const Shape& shape, uint64_t seed) {
    const Tensor x = scratch_.tensor(DType::kF32, shape);
    Random random({seed, Stream::kTest});
    for (int64_t i = 0; i < x.count(); ++i) x.as<float>()[i] = static_cast<float>(random.normal());
    return x;
  }
  // Numbers in [0, bound), i32.
  Tensor ids(int64_t count, int64_t bound, uint64_t seed) {
    const Tensor x = scratch_.tensor(DType::kI32, {count});
    Random random({seed, Stream::kTest});
    for (int64_t i = 0; i < count; ++i)
      x.as<int32_t>()[i] = static_cast<int32_t>(random.below(static_cast<uint64_t>(bound)));
    return x;
  }
  Tensor zeros(const Shape& shape) {
    const Tensor x = scratch_.tensor(DType::kF32, shape);
    std::fill_n(x.as<float>(), x.count(), 0.0f);
    return x;
  }
  Context& context() { return context_; }

  // Runs both once, compares what `output` and `expected` then hold, and times them in turn.
  void row(const std::string& name, const Work& ours, const Work& plain, const Tensor& output,
           const Tensor& expected, double tolerance) {
    if (!run_.wants(name)) return;
    context_.work = {};
    ours();
    const ascender::Work work = context_.work;
    plain();
    for (int64_t i = 0; i < output.count(); ++i) {
      const double error = std::abs(static_cast<double>(output.as<float>()[i]) - expected.as<float>()[i]);
      ASC_CHECK(error <= tolerance, "{} differs from plain loops at {}: {} against {}", name, i,
                output.as<float>()[i], expected.as<float>()[i]);
    }
    const Comparison both = compare(sampler(ours), sampler(plain), run_.options());
    run_.report({.name = name,
                 .flops = work.flops,
                 .bytes = work.bytes,
                 .time = both.ours,
                 .peer = "plain loops",
                 .ratio = both.ratio,
                 .goal = 0});
  }

 private:
  Run& run_;
  Threads threads_;
  Arena scratch_;
  Context context_;
};

}  // namespace ascender::bench
