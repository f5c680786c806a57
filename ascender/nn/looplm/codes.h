// Significance codes: how a looped model knows which digits belong together. Each sample draws n + 3 distinct
// rows of a Hadamard matrix of order 32 and random column signs; the digit of significance i carries [c(i),
// c(i + 1)], so "the next significance" is one fixed match between the two channels, whatever was drawn.
// (Constructed for this project; it tells the model which digits are aligned: side information, as in Abacus
// and position coupling.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ascender/base/random.h"

namespace ascender {

inline constexpr int kCodeWidth = 32;
inline constexpr int kMaxCodeId = kCodeWidth - 3;  // ids -1..29 and the one after

// The codes of one sample.
class SignificanceCodes {
 public:
  SignificanceCodes(RandomKey key, uint64_t step, int64_t row);
  // Entry j of c(id), +1 or -1; id in [-1, kMaxCodeId + 1].
  int entry(int id, int j) const {
    const auto i = static_cast<std::size_t>(id + 1);
    return (signs_[static_cast<std::size_t>(j)] ^
            (__builtin_popcount(rows_[i] & static_cast<unsigned>(j)) & 1)) != 0
               ? -1
               : 1;
  }

 private:
  std::array<uint8_t, kCodeWidth> rows_;   // a permutation of the matrix's rows
  std::array<uint8_t, kCodeWidth> signs_;  // 1: the column is negated
};

}  // namespace ascender
