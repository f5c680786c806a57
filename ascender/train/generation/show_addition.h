// A model adding before one's eyes: what it would answer after each loop, the true sum beside it.
//
//   answered all at once       a line a loop, most significant digit first, so that the carry is seen
//   rippling:
//     loop  1   0999   1000   x...      loops that say the same share a line
//   answered digit by digit    a line a digit, least significant first, what each loop said of it
#pragma once

#include <cstdio>
#include <string_view>

#include "ascender/data/task.h"
#include "ascender/nn/decoding/halting.h"
#include "ascender/nn/model.h"

namespace ascender {

// Prints loops 1..max_loops, and where `rule` stopped. Wrong digits: an x below the third heading, red with
// `color`. InputError for what is no sum of operands of at most 29 digits. REQUIRES: the task's answers are
// numbers. The model's parameters are bound to `tape`, which is reset.
void show_addition(Model& model, const Task& task, Tape& tape, std::string_view question, int max_loops,
                   const HaltRule& rule, std::FILE* out, bool color);

}  // namespace ascender
