// A trained model answers: text token by token, a sum digit by digit or all at once. What comes out is a
// function of (weights, prompt, options).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "ascender/data/task.h"
#include "ascender/nn/decoding/halting.h"
#include "ascender/nn/decoding/sampling.h"
#include "ascender/nn/model.h"

namespace ascender {

struct GenerateOptions {
  SamplingRule sampling = SamplingRule::greedy();  // of answers that grow; others are the likeliest classes
  uint64_t seed = 1;
  int64_t max_tokens = 256;           // of text without an end
  HaltRule halt = {};                 // of looped models; threshold 0: always max_loops
  PythonRandom* reference = nullptr;  // draws instead of `seed`, and moves on (Task::reference_random)
  std::function<bool()> stop = {};    // asked before each token: true ends the answer there; may be empty
};

// Greedy where the task has right answers; as microgpt.py where it repeats that; else temperature 0.8 among
// the 200 likeliest (nanoGPT's sample.py).
GenerateOptions generate_options_for(const Task& task);

// What the model puts behind `prompt`; the prompt itself is not in it. InputError for a prompt that the task
// refuses and for halting by a gate that the model lacks. The model's parameters are bound to `tape`, which
// is reset.
std::string generate_text(Model& model, const Task& task, Tape& tape, std::string_view prompt,
                          const GenerateOptions& options);

// The task's question with the model's answer, and whether that is right where the task knows.
std::string written_with_verdict(const Task& task, std::string_view question, std::string_view answer);

}  // namespace ascender
