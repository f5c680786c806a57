// The order of an epoch without an array: a permutation of 0..count-1 as a function of (key, epoch), so that
// where a run stands in its data is told by the step alone. A balanced Feistel network over the next even
// power of two (Luby and Rackoff 1988), walked until it falls below count (Black and Rogaway 2002).
#pragma once

#include <cstdint>

#include "ascender/base/random.h"

namespace ascender {

// Where `index` goes in epoch `epoch`. REQUIRES: index < count.
uint64_t permuted(uint64_t index, uint64_t count, RandomKey key, uint64_t epoch);

// The element for the n-th draw overall: epoch n / count, permuted.
uint64_t shuffled(uint64_t draw, uint64_t count, RandomKey key);

}  // namespace ascender
