// Losses: they start the backward pass, so each takes its weight in the total and returns its value at once.
#pragma once

#include "ascender/autograd/tape.h"
#include "ascender/kernels/cross_entropy/cross_entropy.h"

namespace ascender {

struct LossOptions {
  CrossEntropyOptions kernel = {};
  double weight = 1;  // of this loss in the sum that is differentiated
  // Targets that count, for the mean; 0: count them here. Given when a batch is split into micro-batches.
  int64_t count = 0;
};

// Mean cross-entropy over targets that are not ignored. logits: [..,V], targets: i32 [..]. Logits become
// their own gradient in backward: they must have no other use.
double cross_entropy(Tape& tape, const Var& logits, const Tensor& targets, const LossOptions& options = {});

// The same of logits = x w (w: [K,V], transposed: [V,K]) without ever holding them all: rows in chunks,
// gradients taken in the same pass. x: [..,K].
double linear_cross_entropy(Tape& tape, const Var& x, const Var& w, bool transposed, const Tensor& targets,
                            const LossOptions& options = {});

// Per-row losses as a value, for losses weighted by learned numbers (halting gates). -> [N]
Var cross_entropy_rows(Tape& tape, const Var& logits, const Tensor& targets,
                       const CrossEntropyOptions& options = {});

}  // namespace ascender
