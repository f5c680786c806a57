// Where operands come from: how often carries run far is what an addition set is about.
//   uniform   every digit uniform in 0..9
//   carry     p ~ U(.3, 1); then each pair becomes b = 9 - a with probability p
//   chain L   uniform but for one place, drawn uniformly: a generate with L - 1 propagates above it; redrawn
//   until
//             the longest chain is exactly L
//   dep L     the same with the place's first pair generating or killing, half and half; redrawn until the
//             dependency is exactly L
#pragma once

#include "ascender/base/random.h"
#include "ascender/data/addition/operands.h"

namespace ascender {

enum class OperandKind { kUniform, kCarry, kChain, kDependency };

struct OperandDistribution {
  OperandKind kind = OperandKind::kUniform;
  int length = 0;  // L of chain and dep
};

// REQUIRES: 1 <= n <= kMaxDigits, and 1 <= L <= n where L is used.
Operands draw_operands(const OperandDistribution& distribution, int n, Random& random);

}  // namespace ascender
