// The halting rules on a scripted model whose signals are known in closed form.
#include "ascender/nn/decoding/halting.h"

#include <cmath>
#include <gtest/gtest.h>

namespace ascender {
namespace {

// What two rows of two tokens show after a loop.
struct Script {
  std::vector<double> logits = std::vector<double>(8), latent = std::vector<double>(4),
                      gate = std::vector<double>(4);

  LoopView view(int loop) {
    return {.loop = loop,
            .logits = Tensor(logits.data(), DType::kF64, {2, 2, 2}),
            .latent = Tensor(latent.data(), DType::kF64, {2, 2, 1}),
            .exit_logit = Tensor(gate.data(), DType::kF64, {2, 2})};
  }
};

const std::vector<uint8_t> kAllAsked = {1, 1, 1, 1};

// Feeds loops until everything stopped; `write` sets what loop l shows.
template <class Write>
Halting run(const HaltRule& rule, const std::vector<uint8_t>& asked, const Write& write) {
  Halting halting(rule, 2, 2, asked);
  Script script;
  for (int loop = 1; !halting.done(); ++loop) {
    EXPECT_LE(loop, rule.max_loops);
    write(loop, script);
    halting.observe(script.view(loop));
  }
  return halting;
}

std::vector<int> loops_of(const Halting& h) {
  return {h.loops(0, 0), h.loops(0, 1), h.loops(1, 0), h.loops(1, 1)};
}

// Token n settles at loop n + 2: until then its latent doubles, so that its relative change is 1/2.
void doubling_latent(int loop, Script& s) {
  for (int n = 0; n < 4; ++n) s.latent[static_cast<size_t>(n)] = std::exp2(std::min(loop, n + 2));
}

TEST(Halting, LatentStopsEachTokenWhenItsStateRests) {
  const Halting h = run({HaltSignal::kLatent, HaltScope::kToken, 0.1, 32}, kAllAsked, doubling_latent);
  EXPECT_EQ(loops_of(h), (std::vector<int>{3, 4, 5, 6}));
}

TEST(Halting, ASequenceWaitsForItsSlowestAskedToken) {
  const HaltRule rule{HaltSignal::kLatent, HaltScope::kSequence, 0.1, 32};
  EXPECT_EQ(loops_of(run(rule, kAllAsked, doubling_latent)), (std::vector<int>{4, 4, 6, 6}));
  EXPECT_EQ(loops_of(run(rule, {1, 0, 1, 0}, doubling_latent)), (std::vector<int>{3, 3, 5, 5}));
}

TEST(Halting, TheThresholdIsTheRelativeChange) {
  // The change is exactly 1/2 of the state: above 0.49, below 0.51.
  EXPECT_EQ(run({HaltSignal::kLatent, HaltScope::kToken, 0.51, 32}, kAllAsked, doubling_latent).loops(1, 1),
            2);
  EXPECT_EQ(run({HaltSignal::kLatent, HaltScope::kToken, 0.49, 32}, kAllAsked, doubling_latent).loops(1, 1),
            6);
}

TEST(Halting, KlIsThatOfTwoDistributions) {
  // Loop 2 moves token 0 from (1/2, 1/2) to (p, 1 - p): KL = p ln 2p + (1 - p) ln 2(1 - p).
  const double p = 0.8, kl = p * std::log(2 * p) + (1 - p) * std::log(2 * (1 - p));
  const auto write = [&](int loop, Script& s) { s.logits[0] = loop == 1 ? 0 : std::log(p / (1 - p)); };
  for (const double factor : {0.999, 1.001}) {
    const Halting h = run({HaltSignal::kKl, HaltScope::kToken, kl * factor, 32}, kAllAsked, write);
    EXPECT_EQ(h.loops(0, 0), factor < 1 ? 3 : 2);
    EXPECT_EQ(h.loops(0, 1), 2);
  }
}

TEST(Halting, TheGateStopsWhereTheChanceOfGoingOnIsSmall) {
  // A chance of 3/4 to leave at each loop: 1/4, 1/16, 1/64 go on.
  const auto write = [](int, Script& s) { s.gate.assign(4, std::log(3.0)); };
  EXPECT_EQ(run({HaltSignal::kGate, HaltScope::kToken, 0.3, 32}, kAllAsked, write).loops(0, 0), 1);
  EXPECT_EQ(run({HaltSignal::kGate, HaltScope::kToken, 0.2, 32}, kAllAsked, write).loops(0, 0), 2);
  EXPECT_EQ(run({HaltSignal::kGate, HaltScope::kSequence, 0.05, 32}, kAllAsked, write).loops(1, 1), 3);
}

TEST(Halting, KeepsThePredictionOfTheLoopAtWhichItStopped) {
  // Token (1, 1) rests from loop 6 on; at loop 3 token (0, 0) has stopped, and what it says later is not
  // heard.
  const Halting h =
      run({HaltSignal::kLatent, HaltScope::kToken, 0.1, 32}, kAllAsked, [](int loop, Script& s) {
        doubling_latent(loop, s);
        for (size_t n = 0; n < 4; ++n) s.logits[2 * n + 1] = loop >= 5 ? 1 : -1;  // class 1 from loop 5 on
      });
  EXPECT_EQ(h.prediction(0, 0), 0);
  EXPECT_EQ(h.prediction(0, 1), 0);
  EXPECT_EQ(h.prediction(1, 0), 1);
  EXPECT_EQ(h.prediction(1, 1), 1);
}

TEST(Halting, StopsAtTheMostLoops) {
  const auto restless = [](int loop, Script& s) { s.latent.assign(4, std::exp2(loop)); };
  EXPECT_EQ(loops_of(run({HaltSignal::kLatent, HaltScope::kToken, 0.1, 5}, kAllAsked, restless)),
            (std::vector<int>{5, 5, 5, 5}));
}

}  // namespace
}  // namespace ascender
