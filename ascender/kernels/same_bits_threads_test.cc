// A table of the small kernels, each run on shapes that are divided among workers: every number of workers
// must leave the same bytes. Also what the thread sanitizer looks at.
#include <functional>
#include <string>

#include "ascender/kernels/cross_entropy/cross_entropy.h"
#include "ascender/kernels/dropout/dropout.h"
#include "ascender/kernels/elementwise/elementwise.h"
#include "ascender/kernels/embedding/embedding.h"
#include "ascender/kernels/norm/norm.h"
#include "ascender/kernels/optimizer/optimizer.h"
#include "ascender/kernels/reduce/reduce.h"
#include "ascender/kernels/rope/rope.h"
#include "ascender/kernels/testing.h"

namespace ascender {
namespace {

using namespace testing;

constexpr int64_t kRows = 333, kColumns = 70;  // 23310 elements: above kSerialElements

struct Kernel {
  std::string name;
  std::function<std::vector<Owned>(Context&, DType)> run;  // everything it wrote
};

std::vector<Owned> norms(Context& c, DType d) {
  const Shape shape = {kRows, kColumns};
  const Owned x = normal(d, shape, 1), gain = normal(d, {kColumns}, 2), dy = normal(d, shape, 3);
  Owned y(d, shape), m(d, {kRows}), r(d, {kRows}), dx(d, shape), dw(d, {kColumns}), db(d, {kColumns});
  Owned z(d, shape), s(d, {kRows}), dz(d, shape), dg(d, {kColumns});
  layer_norm_forward(c, *x, *gain, {}, *y, *m, *r);
  layer_norm_backward(c, *x, *gain, *m, *r, *dy, *dx, Write::kAssign, *dw, Write::kAssign, *db,
                      Write::kAssign);
  rms_norm_forward(c, *x, *gain, *z, *s);
  rms_norm_backward(c, *x, *gain, *s, *dy, *dz, Write::kAssign, *dg, Write::kAssign);
  return {y, m, r, dx, dw, db, z, s, dz, dg};
}

std::vector<Owned> losses(Context& c, DType d) {
  const Owned z = normal(d, {kRows, kColumns}, 1), targets = integers({kRows}, 2, -1, kColumns);
  Owned loss(d, {kRows}), lse(d, {kRows}), dz(d, {kRows, kColumns});
  const CrossEntropyOptions options = {.label_smoothing = 0.1, .z_loss = 0.01};
  cross_entropy_forward(c, *z, *targets, *loss, *lse, options);
  cross_entropy_backward(c, *z, *targets, *lse, 0.5, *dz, options);
  return {loss, lse, dz};
}

std::vector<Owned> embeddings(Context& c, DType d) {
  const Owned table = normal(d, {17, kColumns}, 1), ids = integers({kRows}, 2, -1, 17);
  Owned y(d, {kRows, kColumns}), dtable = full(d, {17, kColumns}, 0);
  embedding_forward(c, *table, *ids, *y);
  embedding_backward(c, *ids, *y, *dtable);
  return {y, dtable};
}

std::vector<Owned> sums(Context& c, DType d) {
  const Owned x = normal(d, {100000}, 1), dy = normal(d, {kRows, kColumns}, 2);
  Owned totals(DType::kF64, {3}), columns(d, {kColumns});
  set(*totals, 0, sum(c, *x));
  set(*totals, 1, sum_of_squares(c, *x));
  set(*totals, 2, static_cast<double>(count_nonfinite(c, *x)));
  sum_rows(c, *dy, *columns, Write::kAssign);
  return {totals, columns};
}

std::vector<Owned> rotations(Context& c, DType d) {
  Owned cosines(d, {40, 16}), sines(d, {40, 16}), y(d, {5, 40, 4, 32});
  rope_table(*cosines, *sines, 10000);
  const Owned x = normal(d, {5, 40, 4, 32}, 1);
  rope(c, *x, *y, *cosines, *sines, {});
  return {y};
}

std::vector<Owned> masks(Context& c, DType d) {
  const Owned x = normal(d, {100003}, 1);
  Owned y(d, {100003});
  dropout(c, *x, *y,
          {.drop_prob = 0.3, .key = {.seed = 1, .stream = Stream::kDropout}, .step = 2, .site = 3});
  return {y};
}

std::vector<Owned> maps(Context& c, DType d) {
  const Owned a = normal(d, {100003}, 1), b = normal(d, {kRows, kColumns}, 2, 3);
  Owned y(d, {100003}), z(d, {kRows, kColumns}, 3);
  scale(c, *a, 0.3, *y);
  add(c, *a, *y, *y);
  multiply(c, *b, *b, *z);
  return {y, z};
}

std::vector<Owned> updates(Context& c, DType d) {
  const Shape shape = {kRows, 300};
  Owned p = normal(d, shape, 1), m = full(d, shape, 0), v = full(d, shape, 0);
  const Owned g = normal(d, shape, 2);
  adamw(c, *p, *g, *m, *v, {.weight_decay = 0.1});
  sgd(c, *p, *g, *m, {.nesterov = true});
  muon(c, p->slice(0, 0, 64), g->slice(0, 0, 64), m->slice(0, 0, 64), {});
  average_weights(c, *p, *v, 0.9);
  return {p, m, v};
}

TEST(SmallKernels, LeaveTheSameBytesForAnyNumberOfWorkers) {
  const std::vector<Kernel> kernels = {{"norms", norms}, {"losses", losses},       {"embeddings", embeddings},
                                       {"sums", sums},   {"rotations", rotations}, {"masks", masks},
                                       {"maps", maps},   {"updates", updates}};
  for_each_target([&](DType dtype) {
    for (const Kernel& kernel : kernels) {
      Bench one(1);
      const std::vector<Owned> expected = kernel.run(one.context, dtype);
      for (int workers : {2, 3, 4}) {
        SCOPED_TRACE(kernel.name + " on " + std::to_string(workers));
        Bench bench(workers);
        const std::vector<Owned> actual = kernel.run(bench.context, dtype);
        ASSERT_EQ(actual.size(), expected.size());
        for (size_t i = 0; i < expected.size(); ++i) expect_same_bytes(actual[i], expected[i]);
        EXPECT_EQ(bench.context.work.bytes, one.context.work.bytes);
        EXPECT_EQ(bench.scratch.mark(), 0u);
      }
    }
  });
}

// Targets of one width of rounding: AVX-512 and AVX2 both fuse, and packs have the same lanes on both.
TEST(SmallKernels, LeaveTheSameBytesOnAvx512AndAvx2) {
  if (!runs_here(Target::kAvx512) || !runs_here(Target::kAvx2))
    GTEST_SKIP() << "not both in this CPU and build";
  const Target before = simd_target();
  for (const DType dtype : {DType::kF32, DType::kF64}) {
    Bench bench;
    for (const auto& run : {norms, losses, embeddings, sums, rotations, masks, maps}) {
      force_simd_target(Target::kAvx512);
      const std::vector<Owned> wide = run(bench.context, dtype);
      force_simd_target(Target::kAvx2);
      const std::vector<Owned> narrow = run(bench.context, dtype);
      for (size_t i = 0; i < wide.size(); ++i) expect_same_bytes(wide[i], narrow[i]);
    }
  }
  force_simd_target(before);
}

}  // namespace
}  // namespace ascender
