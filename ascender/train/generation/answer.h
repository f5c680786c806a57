// One question put to a model: the prompt as it grows, the pass over it, and what each loop said.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ascender/data/task.h"
#include "ascender/nn/decoding/halting.h"
#include "ascender/nn/model.h"

namespace ascender {

// A prompt of one row and its memory.
class Prompt {
 public:
  Prompt(const Task& task, std::string_view question);
  // Whether the places of the whole answer are there, or the answer grows from the last position.
  bool all_at_once() const { return all_at_once_; }
  int64_t places() const { return all_at_once_ ? batch_.T - batch_.answer_begin : 1; }
  Extension extend(const Task& task, int32_t predicted) { return task.extend(batch_, predicted); }
  // Models that do not loop are asked for the last position alone.
  ModelInput input(const Model& model) const;

 private:
  BatchBuffer buffer_;
  Batch batch_;
  bool has_answer_, all_at_once_;
};

// The answer's places at each loop, and where the rule stopped.
struct Thoughts {
  std::vector<std::vector<int32_t>> digits;  // [loop][place], the argmax of that loop's logits
  std::vector<int> halted;                   // [place]: the loop at which the rule stopped it
  std::vector<int32_t> kept;                 // [place]: the prediction at that loop
  std::vector<double> logits;                // of the last place at the last loop that was run
  int loops() const { return static_cast<int>(digits.size()); }
};

// Runs the model on the prompt. It stops with the rule, or at rule.max_loops; `beyond`: goes on to that many
// loops.
Thoughts think(Model& model, Tape& tape, const Prompt& prompt, const HaltRule& rule, int beyond = 0);

}  // namespace ascender
