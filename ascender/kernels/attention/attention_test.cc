#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ascender/kernels/attention/attention_cases.h"
#include "ascender/tile/target.h"

namespace ascender {
namespace {

using attention_testing::Case;
using attention_testing::compare;
using attention_testing::Problem;
using attention_testing::read;

struct Machine {
  Threads threads{1};
  Arena scratch{size_t{1} << 30}, memory{size_t{1} << 30};
  Context context{threads, scratch};
};

class ForcedTarget {
 public:
  explicit ForcedTarget(Target target) : before_(simd_target()) { force_simd_target(target); }
  ~ForcedTarget() { force_simd_target(before_); }

 private:
  Target before_;
};

// Every option by itself and with causality, at lengths about the edges of packs and blocks.
std::vector<Case> sweep(DType dtype) {
  std::vector<Case> cases;
  uint64_t seed = 1;
  const int64_t lengths[] = {1, 3, 17, 64, 65, 200};
  const int64_t widths[] = {4, 8, 12, 20, 32, 64, 80, 128};
  for (const int64_t Tq : lengths) {
    for (const int64_t Tk : lengths) {
      const int64_t D = widths[seed % 8];
      cases.push_back({.Tq = Tq, .Tk = Tk, .D = D, .causal = seed % 2 == 0, .offset = Tk - Tq, .seed = seed});
      ++seed;
    }
  }
  for (const int64_t D : widths) {
    const Case base{.B = 2, .H = 2, .Hk = 2, .Tq = 65, .Tk = 65, .D = D, .causal = D % 8 == 0};
    std::vector<Case> some(10, base);
    some[0].window = 20;
    some[1].slopes = true;
    some[2].query_lengths = some[2].key_lengths = true;
    for (int kind = 1; kind <= 4; ++kind) some[static_cast<size_t>(2 + kind)].bias = kind;
    some[7].H = 4;
    some[8].packed = true;
    some[9].write = Write::kAdd;
    for (Case& c : some) c.seed = seed++;
    cases.insert(cases.end(), some.begin(), some.end());
  }
  // stretches of keys; keys far apart
  cases.push_back({.Tq = 330, .Tk = 400, .D = 128, .causal = true, .offset = 70, .seed = seed});
  cases.push_back({.H = 4, .Hk = 2, .Tq = 200, .Tk = 300, .D = 20, .window = 150, .seed = seed + 1});
  // few queries to one block of keys
  const Case few{.B = 2, .H = 4, .Hk = 2, .Tq = 7, .Tk = 21, .D = 32};
  cases.insert(cases.end(), 6, few);
  Case* some = &cases[cases.size() - 6];
  some[1].causal = some[1].key_lengths = true;
  some[1].offset = -2;
  some[2].query_lengths = some[2].key_lengths = true;
  some[3].window = 5;
  some[4] = {.H = 2, .Hk = 2, .Tq = 16, .Tk = 64, .D = 128, .causal = true, .offset = 30};
  some[5].write = Write::kAdd;
  for (Case& c : cases) c.dtype = dtype;
  return cases;
}

void check_sweep(DType dtype, bool backward) {
  Machine machine;
  for (const Target target : simd_targets()) {
    const ForcedTarget forced(target);
    for (const Case& c : sweep(dtype)) {
      ASSERT_EQ(compare(machine.context, machine.memory, c, backward), "") << name_of(target);
    }
  }
}

TEST(Attention, EqualsPlainLoopsInSinglePrecisionOnEveryTarget) { check_sweep(DType::kF32, true); }
TEST(Attention, EqualsPlainLoopsInDoublePrecisionOnEveryTarget) { check_sweep(DType::kF64, true); }
TEST(Attention, ForwardTakesBf16OnEveryTarget) { check_sweep(DType::kBf16, false); }

TEST(Attention, EqualsPlainLoopsForAnyOptionsTogether) {
  Machine machine;
  const bool held = rc::check("attention equals plain loops", [&] {
    Case c;
    c.B = *rc::gen::inRange<int64_t>(1, 4);
    c.Hk = *rc::gen::inRange<int64_t>(1, 4);
    c.H = c.Hk * *rc::gen::inRange<int64_t>(1, 4);
    c.Tq = *rc::gen::inRange<int64_t>(1, 100);
    c.packed = *rc::gen::arbitrary<bool>();
    c.Tk = c.packed ? c.Tq : *rc::gen::inRange<int64_t>(1, 150);
    c.D = 4 * *rc::gen::inRange<int64_t>(1, 33);
    c.causal = *rc::gen::arbitrary<bool>();
    c.offset = *rc::gen::inRange<int64_t>(-40, 90);
    c.window = *rc::gen::element<int64_t>(0, 0, 1, 7, 30, 100);
    c.slopes = *rc::gen::arbitrary<bool>();
    c.query_lengths = *rc::gen::arbitrary<bool>();
    c.key_lengths = *rc::gen::arbitrary<bool>();
    c.bias = *rc::gen::inRange(0, 5);
    c.write = *rc::gen::element(Write::kAssign, Write::kAdd);
    c.dtype = *rc::gen::element(DType::kF32, DType::kF64);
    c.seed = *rc::gen::inRange<uint64_t>(0, 1000);
    const ForcedTarget forced(
        *rc::gen::elementOf(std::vector<Target>(simd_targets().begin(), simd_targets().end())));
    const std::string fault = compare(machine.context, machine.memory, c, true);
    if (!fault.empty()) RC_FAIL(fault);
  });
  EXPECT_TRUE(held);
}

// The reference's gradient against central differences of the reference, in double precision.
TEST(Attention, GradientsOfTheReferenceEqualFiniteDifferences) {
  Machine machine;
  const Case base{.B = 2,
                  .H = 4,
                  .Hk = 2,
                  .Tq = 5,
                  .Tk = 6,
                  .D = 4,
                  .causal = true,
                  .offset = 1,
                  .window = 4,
                  .slopes = true,
                  .key_lengths = true,
                  .dtype = DType::kF64,
                  .seed = 11};
  for (int kind = 1; kind <= 4; ++kind) {
    Case c = base;
    c.bias = kind;
    Problem problem(machine.memory, c);
    const Problem::Outputs result = problem.run(machine.context, true, true);
    const auto loss = [&] {
      const Tensor out = problem.run(machine.context, true, false).out;
      double sum = 0;
      for (int64_t i = 0; i < out.count(); ++i) sum += read(out, i) * read(problem.dout, i);
      return sum;
    };
    const auto check = [&](const char* name, const Tensor& x, const Tensor& dx) {
      for (int64_t i = 0; i < x.count(); i += 3) {
        const double before = x.as<double>()[i], step = 1e-5;
        const size_t mark = machine.memory.mark();
        x.as<double>()[i] = before + step;
        const double above = loss();
        x.as<double>()[i] = before - step;
        const double below = loss();
        x.as<double>()[i] = before;
        machine.memory.release(mark);
        // truncation ~ step^2, cancellation ~ 2e-16 / step
        ASSERT_NEAR(read(dx, i), (above - below) / (2 * step), 1e-8) << name << i << " " << c.text();
      }
    };
    check("dq", problem.q, result.dq);
    check("dk", problem.k, result.dk);
    check("dv", problem.v, result.dv);
    check("dbias", problem.options.bias, result.dbias);
  }
}

TEST(Attention, AQueryWithoutAllowedKeyGivesZeroAndNoGradient) {
  Machine machine;
  // queries 0..9 stand before every key; queries past 59 + 8 have lost sight of all of them
  const Case c{
      .B = 1, .H = 1, .Hk = 1, .Tq = 90, .Tk = 50, .D = 8, .causal = true, .offset = -10, .window = 8};
  Problem problem(machine.memory, c);
  const Problem::Outputs o = problem.run(machine.context, false, true);
  for (int64_t i = 0; i < c.Tq; ++i) {
    const bool blind = i < 10 || i - 10 - 8 >= 49;
    EXPECT_EQ(read(o.lse, i) == -std::numeric_limits<double>::infinity(), blind) << i;
    for (int64_t d = 0; d < c.D; ++d) {
      if (!blind) continue;
      EXPECT_EQ(read(o.out, i * c.D + d), 0.0);
      EXPECT_EQ(read(o.dq, i * c.D + d), 0.0);
    }
  }
}

TEST(Attention, ABiasOfMinusInfinityForbids) {
  Machine machine;
  Case c{.B = 1, .H = 2, .Hk = 2, .Tq = 20, .Tk = 70, .D = 16, .bias = 1};
  Problem problem(machine.memory, c);
  const Tensor bias = problem.options.bias;
  for (int64_t i = 0; i < c.Tq; ++i) {
    for (int64_t j = i % 5 == 0 ? 0 : 65; j < c.Tk; ++j) {
      bias.as<float>()[(c.Tq + i) * c.Tk + j] = -std::numeric_limits<float>::infinity();  // head 1
    }
  }
  const Problem::Outputs fast = problem.run(machine.context, false, true),
                         slow = problem.run(machine.context, true, true);
  const auto x = fast.all(), y = slow.all();
  for (size_t t = 0; t < x.size(); ++t) EXPECT_EQ(attention_testing::differ("", x[t], y[t], 1e-5), "") << t;
  EXPECT_EQ(read(fast.lse, c.Tq), -std::numeric_limits<double>::infinity());
}

TEST(Attention, LaterKeysDoNotTouchEarlierRows) {
  Machine machine;
  const Case c{.B = 1, .H = 1, .Hk = 1, .Tq = 200, .Tk = 200, .D = 32, .causal = true};
  Problem problem(machine.memory, c);
  const Tensor before = problem.run(machine.context, false, false).out;
  for (int64_t i = 70 * c.D; i < 200 * c.D; ++i) {
    problem.k.as<float>()[i] = 3;
    problem.v.as<float>()[i] = -2;
  }
  const Tensor after = problem.run(machine.context, false, false).out;
  EXPECT_EQ(std::memcmp(before.data(), after.data(), static_cast<size_t>(70 * c.D) * sizeof(float)), 0);
}

TEST(Attention, NotANumberComesThrough) {
  Machine machine;
  const Case c{.B = 1, .H = 1, .Hk = 1, .Tq = 20, .Tk = 20, .D = 16};
  for (const Target target : simd_targets()) {
    const ForcedTarget forced(target);
    Problem problem(machine.memory, c);
    problem.q.as<float>()[3 * c.D] = std::numeric_limits<float>::quiet_NaN();
    const Tensor out = problem.run(machine.context, false, false).out;
    EXPECT_TRUE(std::isnan(read(out, 3 * c.D))) << name_of(target);
    EXPECT_FALSE(std::isnan(read(out, 2 * c.D))) << name_of(target);
  }
}

TEST(Attention, CountsUsefulWorkAndTouchesNothingWhenDry) {
  Machine machine;
  const Case c{.B = 2, .H = 3, .Hk = 3, .Tq = 10, .Tk = 10, .D = 8, .causal = true};
  Problem problem(machine.memory, c);
  Problem::Outputs o = problem.outputs();
  const double before = read(o.out, 0);
  machine.context.dry = true;
  attention_forward(machine.context, problem.q, problem.k, problem.v, o.out, o.lse, problem.options);
  EXPECT_EQ(machine.context.work.flops, 4.0 * 2 * 3 * 8 * 55);
  EXPECT_EQ(machine.context.work.bytes, 4.0 * (4 * 2 * 3 * 10 * 8 + 2 * 3 * 10));
  EXPECT_EQ(read(o.out, 0), before);
}

TEST(Attention, RefusesShapesThatItDoesNotTake) {
  Machine machine;
  const auto refused = [&](const Case& c) {
    Problem problem(machine.memory, c);
    const Problem::Outputs o = problem.outputs();
    EXPECT_THROW(
        attention_forward(machine.context, problem.q, problem.k, problem.v, o.out, o.lse, problem.options),
        BugError);
  };
  refused({.D = 6});
  refused({.D = 132});
  refused({.H = 3, .Hk = 2});
  refused({.window = -1});
}

}  // namespace
}  // namespace ascender
