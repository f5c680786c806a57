// When a looped model stops thinking: a rule watches what changes from loop to loop. A sequence (or a token,
// which may be quiet only because it waits for its carry) keeps the prediction of the loop at which it
// stopped.
//   kl       KL(p_t || p_{t-1}) of the predicted distributions, in nat
//   latent   |h_t - h_{t-1}| / |h_t|, RMS over the width
//   gate     1 - the learned gate's chance of having stopped by now
// Sequence scope: the largest signal over the row's asked tokens. It stops when the signal falls below the
// threshold.
#pragma once

#include <cstdint>
#include <vector>

#include "ascender/nn/model.h"

namespace ascender {

enum class HaltSignal { kKl, kLatent, kGate };
enum class HaltScope { kSequence, kToken };

struct HaltRule {
  HaltSignal signal = HaltSignal::kKl;
  HaltScope scope = HaltScope::kSequence;
  double threshold = 0.01;
  int max_loops = 32;
};

class Halting {
 public:
  // asked: [rows, tokens], 1 where a target counts.
  Halting(const HaltRule& rule, int64_t rows, int64_t tokens, std::vector<uint8_t> asked);
  void observe(const LoopView& view);
  bool done() const { return left_ == 0; }  // everything stopped
  int32_t prediction(int64_t row, int64_t token) const { return prediction_[index(row, token)]; }
  int loops(int64_t row, int64_t token) const { return loops_[index(row, token)]; }

 private:
  size_t index(int64_t row, int64_t token) const { return static_cast<size_t>(row * tokens_ + token); }
  double signal(const LoopView& view, size_t at, const std::vector<double>& p) const;
  void stop(size_t at, int loop);

  HaltRule rule_;
  int64_t rows_, tokens_;
  int64_t left_;
  std::vector<uint8_t> asked_, stopped_;
  std::vector<int32_t> prediction_;
  std::vector<int> loops_;
  std::vector<double> before_, latent_, gate_left_;  // of the loop before
};

// The class with the largest logit of row n of [.., C]; the first among equals.
int32_t argmax(const Tensor& logits, int64_t n);

}  // namespace ascender
