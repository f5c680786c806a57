#include <cmath>
#include <vector>

#include "ascender/base/random.h"
#include "ascender/kernels/attention/attention.h"

#include "bench/bench.h"
#include "bench/child_peer.h"

namespace ascender::bench {
namespace {

struct Case {
  const char* name;
  int64_t B, H, Tq, Tk, D;
  bool causal;
  double forward_goal, both_goal;
};
// Goals of shared/systems/performance.md; the small shapes are those of the ladder's models.
constexpr Case kCases[] = {
    {"T256", 1, 16, 256, 256, 64, true, 0, 0},       {"T1024", 1, 16, 1024, 1024, 64, true, 2.5, 2.5},
    {"T4096", 1, 4, 4096, 4096, 64, true, 2.3, 1.9}, {"looplm", 64, 4, 7, 21, 32, false, 1, 1},
    {"nanogpt", 12, 4, 64, 64, 32, true, 1, 1},      {"gpt2", 4, 12, 64, 64, 64, true, 1, 1},
    {"microgpt", 1, 4, 16, 16, 4, true, 1, 1},
};

class Bench {
 public:
  Bench(Run& run, const Case& c, ChildPeer& peer)
      : run_(run),
        c_(c),
        peer_(peer),
        threads_(run.options().threads),
        scratch_(size_t{4} << 30),
        memory_(size_t{4} << 30) {
    const auto numbers = [&](int64_t T) {
      const Tensor t = memory_.tensor(DType::kF32, {c.B, T, c.H, c.D});
      Random random({static_cast<uint64_t>(T), Stream::kTest});
      for (int64_t i = 0; i < t.count(); ++i) t.as<float>()[i] = static_cast<float>(2 * random.uniform() - 1);
      return t;
    };
    q_ = numbers(c.Tq);
    k_ = numbers(c.Tk);
    v_ = numbers(c.Tk);
    dout_ = numbers(c.Tq);
    out_ = numbers(c.Tq);
    gradients_ = {numbers(c.Tq), numbers(c.Tk), numbers(c.Tk)};
    lse_ = memory_.tensor(DType::kF32, {c.B, c.H, c.Tq});
    options_.causal = c.causal;
  }

  void report(bool backward) {
    const std::string name =
        fmt::format("attention {} {}", c_.name, backward ? "forward+backward" : "forward");
    if (!run_.wants(name)) return;
    check();
    const auto work = [&] {
      forward();
      if (backward) attention_backward(context_, q_, k_, v_, out_, lse_, dout_, gradients_, options_);
    };
    context_.work = {};
    work();
    const double goal = backward ? c_.both_goal : c_.forward_goal;
    report_beside(run_,
                  {.name = name, .flops = context_.work.flops, .bytes = context_.work.bytes, .goal = goal},
                  work, peer_, request(backward));
  }

 private:
  void forward() { attention_forward(context_, q_, k_, v_, out_, lse_, options_); }

  std::string request(bool backward) const {
    return fmt::format(R"({{"case": [{}, {}, {}, {}, {}], "causal": {}, "backward": {}, "threads": {}}})",
                       c_.B, c_.H, c_.Tq, c_.Tk, c_.D, c_.causal, backward, threads_.count());
  }

  // The last queries against plain loops: out and dq of a query depend on no other query.
  void check() {
    forward();
    attention_backward(context_, q_, k_, v_, out_, lse_, dout_, gradients_, options_);
    const int64_t first = std::max<int64_t>(0, c_.Tq - 8), count = c_.Tq - first;
    const auto cut = [&](const Tensor& t) { return t.slice(1, first, c_.Tq); };
    const size_t mark = memory_.mark();
    const Tensor out = memory_.tensor(DType::kF32, cut(q_).shape()),
                 dq = memory_.tensor(DType::kF32, cut(q_).shape());
    const Tensor dk = memory_.tensor(DType::kF32, k_.shape()), dv = memory_.tensor(DType::kF32, k_.shape());
    const Tensor lse = memory_.tensor(DType::kF32, {c_.B, c_.H, count});
    AttentionOptions options = options_;
    options.offset = first;
    attention_forward_reference(context_, cut(q_), k_, v_, out, lse, options);
    attention_backward_reference(context_, cut(q_), k_, v_, out, lse, cut(dout_), {dq, dk, dv}, options);
    // numbers in [-1, 1]: errors of scores grow with sqrt(D), of sums with sqrt(T)
    const double bound =
        0x1p-22 * (std::sqrt(static_cast<double>(c_.D)) + std::sqrt(static_cast<double>(c_.Tk)) + 8);
    expect_close("out", cut(out_), out, bound);
    expect_close("dq", cut(gradients_.dq), dq, bound * static_cast<double>(c_.D));
    memory_.release(mark);
  }

  void expect_close(const char* name, const Tensor& ours, const Tensor& truth, double bound) const {
    for (int64_t b = 0; b < c_.B; ++b) {
      for (int64_t i = 0; i < ours.size(1); ++i) {
        const float* x = ours.as<float>() + b * ours.stride(0) + i * ours.stride(1);
        const float* y = truth.as<float>() + b * truth.stride(0) + i * truth.stride(1);
        for (int64_t d = 0; d < c_.H * c_.D; ++d) {
          ASC_CHECK(std::abs(x[d] - y[d]) <= bound, "{} of {} row {}: {} against {}", name, c_.name, i, x[d],
                    y[d]);
        }
      }
    }
  }

  Run& run_;
  const Case& c_;
  ChildPeer& peer_;
  Threads threads_;
  Arena scratch_, memory_;
  Context context_{threads_, scratch_};
  Tensor q_, k_, v_, dout_, out_, lse_;
  AttentionGradients gradients_;
  AttentionOptions options_;
};

ASC_BENCH(attention,
          "softmax attention, f32, forward and backward, against PyTorch's scaled_dot_product_attention") {
  ChildPeer peer = python_peer(run.options(), "attention_torch.py");
  for (const Case& c : kCases) {
    Bench bench(run, c, peer);
    bench.report(false);
    bench.report(true);
  }
}

}  // namespace
}  // namespace ascender::bench
