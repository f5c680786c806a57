#include "ascender/kernels/embedding/embedding.h"

#include "ascender/kernels/embedding/embedding_reference.h"
#include "ascender/kernels/testing.h"

namespace ascender {
namespace {

using namespace testing;

TEST(Embedding, ForwardAndBackwardEqualTheReferenceToTheBit) {
  for_each_target([](DType dtype) {
    for (int64_t C : sizes()) {
      for (int64_t pad : {0, 5}) {
        for (const Write write : {Write::kAssign, Write::kAdd}) {
          const Owned table = normal(dtype, {11, C}, 1, pad), ids = integers({23}, 2, -1, 11);
          const Owned y = normal(dtype, {23, C}, 3, pad), y0 = normal(dtype, {23, C}, 3, pad);
          Bench bench;
          embedding_forward(bench.context, *table, *ids, *y, write);
          embedding_forward_reference(*table, *ids, *y0, write);
          expect_same_bytes(y, y0);
          const Owned dtable = normal(dtype, {11, C}, 4, pad), dtable0 = normal(dtype, {11, C}, 4, pad);
          embedding_backward(bench.context, *ids, *y, *dtable);
          embedding_backward_reference(*ids, *y, *dtable0);
          expect_same_bytes(dtable, dtable0);
        }
      }
    }
  });
}

TEST(Embedding, BackwardIsTheTransposeOfForward) {
  for_each_target([](DType dtype) {
    if (dtype != DType::kF64) return;
    const Owned table = normal(dtype, {7, 13}, 1), ids = integers({19}, 2, -1, 7),
                dy = normal(dtype, {19, 13}, 3);
    Owned y(dtype, {19, 13}), dtable = full(dtype, {7, 13}, 0);
    Bench bench;
    embedding_forward(bench.context, *table, *ids, *y);
    embedding_backward(bench.context, *ids, *dy, *dtable);
    EXPECT_NEAR(dot(*y, *dy), dot(*table, *dtable), 1e-12);
  });
}

TEST(Embedding, AnIdBeyondTheTableIsABug) {
  Bench bench;
  const Owned table = normal(DType::kF32, {4, 3}, 1), ids = integers({2}, 2, 4, 5);
  Owned y(DType::kF32, {2, 3});
  EXPECT_THROW(embedding_forward(bench.context, *table, *ids, *y), BugError);
  EXPECT_THROW(embedding_backward(bench.context, *ids, *y, *table), BugError);
  EXPECT_THROW(embedding_forward(bench.context, *table, *integers({3}, 2, 0, 4), *y), BugError);
}

}  // namespace
}  // namespace ascender
