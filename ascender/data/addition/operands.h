// Two numbers of n decimal digits, digit by digit, least significant first, and what their carries do.
//
// At position i the pair (a_i, b_i) generates a carry (a_i + b_i >= 10), propagates the one below it (= 9) or
// kills it (<= 8). Nothing comes in at position 0, as if the position below it killed.
//   chain      the most carries in a row that one generate starts: 1 + the propagates directly above it; 0
//   when no
//              position generates
//   dependency answer digit i needs the carry out of position i - 1, which the nearest lower position that
//   does not
//              propagate decides, i - j away; the largest such distance over all answer digits 0..n with i
//              >= 1. It is 1 + the longest run of propagates.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ascender {

inline constexpr int kMaxDigits = 29;  // n + 3 distinct code rows of 32 (systems: significance codes)

struct Operands {
  int n = 0;
  std::array<int8_t, kMaxDigits> a{}, b{};  // [i] is the digit of 10^i; i < n
};

enum class Carry { kKill, kPropagate, kGenerate };
Carry carry_at(const Operands& pair, int position);

// The n + 1 digits of a + b, least significant first.
std::array<int8_t, kMaxDigits + 1> add(const Operands& pair);

int longest_chain(const Operands& pair);
int dependency(const Operands& pair);

// "12+34" (spaces around numbers are taken), the shorter operand zero-padded. InputError with a caret: a bad
// character, a missing operand, more than kMaxDigits digits.
Operands parse_operands(std::string_view question);

// Digits, least significant first, as a decimal number without leading zeros.
std::string decimal(const int8_t* digits, int count);

}  // namespace ascender
