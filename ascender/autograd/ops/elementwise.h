// Sums, products, concatenation.
#pragma once

#include "ascender/autograd/tape.h"

namespace ascender {

Var add(Tape& tape, const Var& a, const Var& b);
Var multiply(Tape& tape, const Var& a, const Var& b);
Var scale(Tape& tape, const Var& x, double factor);
Var concat(Tape& tape, const Var& a, const Var& b, int axis);
Var slice(Tape& tape, const Var& x, int axis, int64_t begin, int64_t end);  // contiguous copy

}  // namespace ascender
