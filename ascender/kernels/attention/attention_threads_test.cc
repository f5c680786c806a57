#include <cstring>
#include <gtest/gtest.h>

#include "ascender/kernels/attention/attention_cases.h"

namespace ascender {
namespace {

using attention_testing::Case;
using attention_testing::Problem;

std::vector<std::vector<char>> bytes_with(int workers, const Case& c) {
  Threads threads(workers);
  Arena scratch(size_t{1} << 30), memory(size_t{1} << 30);
  Context context{threads, scratch};
  Problem problem(memory, c);
  std::vector<std::vector<char>> bytes;
  for (const Tensor& t : problem.run(context, false, true).all()) {
    const auto* begin = static_cast<const char*>(t.data());
    bytes.emplace_back(begin, begin + t.bytes());
  }
  return bytes;
}

// One head for several workers takes the diagonals, many heads go to workers whole: both must sum in one
// order.
TEST(AttentionThreads, GiveTheSameBytesForAnyNumberOfWorkers) {
  const Case cases[] = {
      {.H = 1, .Hk = 1, .Tq = 300, .Tk = 300, .D = 32, .causal = true},
      {.H = 1, .Hk = 1, .Tq = 130, .Tk = 1200, .D = 16, .causal = true, .offset = 1070, .slopes = true},
      {.H = 4, .Hk = 1, .Tq = 200, .Tk = 150, .D = 64, .window = 90, .bias = 3},
      {.B = 3,
       .H = 1,
       .Hk = 1,
       .Tq = 190,
       .Tk = 190,
       .D = 20,
       .causal = true,
       .key_lengths = true,
       .bias = 2},
      {.B = 2, .H = 3, .Hk = 3, .Tq = 100, .Tk = 100, .D = 64, .query_lengths = true, .write = Write::kAdd},
      {.B = 16, .H = 4, .Hk = 2, .Tq = 7, .Tk = 21, .D = 64},
      {.H = 2, .Hk = 1, .Tq = 390, .Tk = 410, .D = 128, .causal = true, .offset = 20},  // keys in stretches
      {.H = 6, .Hk = 3, .Tq = 280, .Tk = 280, .D = 32, .causal = true},                 // keys far apart
      {.H = 1, .Hk = 1, .Tq = 1100, .Tk = 1100, .D = 8, .causal = true, .window = 300},
      {.H = 1, .Hk = 1, .Tq = 200, .Tk = 200, .D = 24, .causal = true, .bias = 1, .dtype = DType::kF64},
  };
  for (const Case& c : cases) {
    const auto alone = bytes_with(1, c);
    for (int workers = 2; workers <= 4; ++workers)
      EXPECT_EQ(bytes_with(workers, c), alone) << workers << " " << c.text();
  }
}

// What a worker computes for a batch element does not depend on how many elements the batch has.
TEST(AttentionThreads, ABatchCutInTwoGivesTheSameBytes) {
  const Case whole{.B = 2, .H = 1, .Hk = 1, .Tq = 260, .Tk = 260, .D = 32, .causal = true};
  Threads threads(2);
  Arena scratch(size_t{1} << 30), memory(size_t{1} << 30);
  Context context{threads, scratch};
  Problem problem(memory, whole);
  const Problem::Outputs all = problem.run(context, false, true);
  for (int64_t b = 0; b < 2; ++b) {
    const Problem::Outputs one = problem.outputs();
    const auto cut = [&](const Tensor& t) { return t.slice(0, b, b + 1); };
    attention_forward(context, cut(problem.q), cut(problem.k), cut(problem.v), cut(one.out), cut(one.lse),
                      problem.options);
    attention_backward(context, cut(problem.q), cut(problem.k), cut(problem.v), cut(one.out), cut(one.lse),
                       cut(problem.dout), {cut(one.dq), cut(one.dk), cut(one.dv)}, problem.options);
    const auto x = all.all(), y = one.all();
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(std::memcmp(cut(x[i]).data(), cut(y[i]).data(), static_cast<size_t>(cut(x[i]).bytes())), 0)
          << i;
    }
  }
}

}  // namespace
}  // namespace ascender
