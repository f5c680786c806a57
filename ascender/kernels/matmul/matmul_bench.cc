#include <cmath>
#include <cstdio>
#include <vector>

#include "ascender/base/random.h"
#include "ascender/kernels/matmul/matmul.h"
#include "ascender/kernels/matmul/schedule_book.h"

#include "bench/bench.h"
#include "bench/gemm_peers.h"

namespace ascender::bench {
namespace {

constexpr const char* kKindNames[] = {"nn", "nt", "tn"};
constexpr MatmulKind kNN = MatmulKind::kNN, kNT = MatmulKind::kNT, kTN = MatmulKind::kTN;

struct Product {
  const char* group;
  MatmulKind kind;
  int64_t M, N, K;
};

// The products of training steps: forward NN, gradient of the input NT, gradient of the weights TN.
constexpr Product kProducts[] = {
    {"sq1024", kNN, 1024, 1024, 1024}, {"sq1024", kNT, 1024, 1024, 1024}, {"sq1024", kTN, 1024, 1024, 1024},
    {"proj", kNN, 256, 768, 768},      {"proj", kNT, 256, 768, 768},      {"proj", kTN, 768, 768, 256},
    {"fc1", kNN, 512, 3072, 768},      {"fc1", kNT, 512, 3072, 768},      {"fc1", kTN, 768, 3072, 512},
    {"fc2", kNN, 512, 768, 3072},      {"fc2", kNT, 512, 768, 3072},      {"fc2", kTN, 3072, 768, 512},
    {"qkv", kNN, 1024, 2304, 768},     {"qkv", kNT, 1024, 2304, 768},     {"qkv", kTN, 768, 2304, 1024},
    {"lmhead", kNN, 512, 50257, 768},  {"lmhead", kNT, 512, 50257, 768},  {"lmhead", kTN, 768, 50257, 512},
    {"tiny", kNN, 256, 64, 64},        {"tiny", kNN, 256, 64, 256},       {"tiny", kNN, 256, 128, 128},
    {"tiny", kNN, 256, 256, 64},       {"tiny", kNN, 256, 256, 256},      {"tiny", kNT, 256, 64, 64},
    {"tiny", kNT, 256, 64, 256},       {"tiny", kNT, 256, 128, 128},      {"tiny", kNT, 256, 256, 64},
    {"tiny", kNT, 256, 256, 256},      {"tiny", kTN, 64, 64, 256},        {"tiny", kTN, 64, 256, 256},
    {"tiny", kTN, 128, 128, 256},      {"tiny", kTN, 256, 64, 256},       {"tiny", kTN, 256, 256, 256},
    {"tinyT", kNN, 4096, 128, 128},    {"tinyT", kNN, 4096, 128, 512},    {"tinyT", kNN, 4096, 256, 128},
    {"tinyT", kNN, 4096, 384, 128},    {"tinyT", kNN, 4096, 512, 128},    {"tinyT", kNT, 4096, 128, 128},
    {"tinyT", kNT, 4096, 128, 512},    {"tinyT", kNT, 4096, 256, 128},    {"tinyT", kNT, 4096, 384, 128},
    {"tinyT", kNT, 4096, 512, 128},    {"tinyT", kTN, 128, 128, 4096},    {"tinyT", kTN, 128, 256, 4096},
    {"tinyT", kTN, 128, 384, 4096},    {"tinyT", kTN, 128, 512, 4096},    {"tinyT", kTN, 512, 128, 4096},
    {"attnQK", kNN, 256, 256, 64},     {"attnQK", kNN, 1024, 1024, 64},   {"attnQK", kNT, 256, 256, 64},
    {"attnQK", kNT, 1024, 1024, 64},   {"attnQK", kTN, 64, 256, 256},     {"attnQK", kTN, 64, 1024, 1024},
    {"attnPV", kNN, 1024, 64, 1024},   {"attnPV", kNT, 1024, 64, 1024},   {"attnPV", kTN, 1024, 64, 1024},
    {"loop", kNN, 448, 384, 128},      {"loop", kNN, 448, 128, 256},      {"loop", kTN, 128, 256, 448},
    {"nano", kNN, 768, 512, 128},      {"nano", kNT, 768, 128, 512},      {"nano", kTN, 128, 512, 768},
    {"micro", kNN, 7, 64, 16},         {"micro", kNT, 7, 64, 16},         {"micro", kTN, 16, 64, 7},
};

// Operands of one product where a training step's lie (an arena), and ours as a call.
struct Operands {
  explicit Operands(const Product& p)
      : product(p),
        memory(static_cast<size_t>(p.M * p.K + p.K * p.N + 2 * p.M * p.N) * sizeof(float) + 4 * 64),
        a(matrix(p.kind == kTN, p.M, p.K)),
        b(matrix(p.kind == kNT, p.K, p.N)),
        c(matrix(false, p.M, p.N)),
        d(matrix(false, p.M, p.N)) {
    fill(a, 1);
    fill(b, 2);
  }

  void run(Context& context) const { matmul(context, product.kind, a, b, c); }
  GemmCall call() const {
    return {product.kind, product.M, product.N, product.K, a.as<float>(), b.as<float>(), d.as<float>()};
  }

  // Both sums of K products below 1 in another order: each is within K eps of the truth.
  void check(const std::string& name) const {
    const double bound = 2.0 * static_cast<double>(product.K) * 0x1p-23;
    for (int64_t i = 0; i < c.count(); ++i) {
      const double ours = c.as<float>()[i], peers = d.as<float>()[i];
      ASC_CHECK(std::abs(ours - peers) <= bound * std::sqrt(static_cast<double>(product.K)),
                "{} differs from its peer at {}: {} against {}", name, i, ours, peers);
    }
  }

 private:
  Tensor matrix(bool turned, int64_t rows, int64_t columns) {
    return memory.tensor(DType::kF32, turned ? Shape{columns, rows} : Shape{rows, columns});
  }
  static void fill(const Tensor& x, uint64_t seed) {
    Random random({seed, Stream::kTest});
    for (int64_t i = 0; i < x.count(); ++i) x.as<float>()[i] = static_cast<float>(2 * random.uniform() - 1);
  }

  Product product;
  Arena memory;
  Tensor a, b, c, d;
};

// Measures every plan and keeps the fastest of the alternating rounds in the schedule file.
void tune(Context& context, const Product& p, const Operands& operands) {
  std::vector<double> best(static_cast<size_t>(num_plans()), 1e30);
  const double seconds = 2.0 * static_cast<double>(p.M * p.N * p.K) * 4e-12;
  for (int round = 0; round < 3; ++round) {
    for (int plan = 0; plan < num_plans(); ++plan) {
      force_plan(plan_at(plan));
      const Timing t = measure([&] { operands.run(context); }, std::min(0.05, 5 * seconds + 0.004));
      best[static_cast<size_t>(plan)] = std::min(best[static_cast<size_t>(plan)], t.low);
    }
  }
  force_plan(std::nullopt);
  const auto fastest = std::min_element(best.begin(), best.end()) - best.begin();
  keep_plan({p.kind, DType::kF32, p.M, p.N, p.K}, plan_at(static_cast<int>(fastest)));
}

ASC_BENCH(matmul, "C = op(A) op(B), f32, against OpenBLAS, oneDNN and MKL on one thread") {
  Threads threads(run.options().threads);
  Arena scratch(size_t{4} << 30);
  Context context{threads, scratch};
  const auto peers = gemm_peers(run.options().peers);
  for (const Product& p : kProducts) {
    const std::string name =
        fmt::format("matmul {} {} {}x{}x{}", p.group, kKindNames[static_cast<int>(p.kind)], p.M, p.N, p.K);
    if (!run.wants(name)) continue;
    const Operands operands(p);
    if (run.options().tune) tune(context, p, operands);
    const double M = static_cast<double>(p.M), N = static_cast<double>(p.N), K = static_cast<double>(p.K);
    Row row{.name = name, .flops = 2 * M * N * K, .bytes = 4 * (M * K + K * N + M * N)};
    const Work ours = [&] { operands.run(context); };
    if (peers.empty()) {
      row.time = measure(ours, run.options().seconds);
      run.report(row);
    }
    for (const GemmPeer& peer : peers) {
      if (!run.options().takes(peer.name)) continue;
      const GemmCall call = operands.call();
      ours();
      peer.run(call);
      operands.check(name);
      const Comparison result = compare(sampler(ours), sampler([&] { peer.run(call); }), run.options());
      row.time = result.ours;
      row.peer = peer.name;
      row.ratio = result.ratio;
      row.goal = 1.0;
      run.report(row);
    }
  }
}

}  // namespace
}  // namespace ascender::bench
