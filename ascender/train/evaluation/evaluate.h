// Measures a model on a task's evaluation sets: exact match (every asked position right) at chosen numbers of
// loops and with a halting rule, or mean loss. The result is a function of the weights alone.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/data/task.h"
#include "ascender/nn/decoding/halting.h"
#include "ascender/nn/model.h"

namespace ascender {

// One number: `name` as summary.json flattens it, and the parts that the trace keeps as labels.
struct Measurement {
  std::string name;        // eval.exact_match.carry.12.loops.4
  std::string metric;      // eval.exact_match
  std::string set, loops;  // carry.12, 4 (or halt, or empty at the most loops)
  double value = 0;
};

struct EvalSettings {
  std::vector<int64_t> loops = {1, 2, 4, 8, 16, 32};  // of looped models, ascending
  bool halt = true;                                   // also with the halting rule
  HaltRule rule;
  int64_t batch = 32;    // rows at a time: their activations stay in the caches
  int64_t max_rows = 0;  // of each set; 0: all
};

void describe_evaluation(Schema& schema);
EvalSettings make_eval_settings(const Config& config);

// Hears after each batch how many rows are done; false stops the evaluation.
using EvalProgress = std::function<bool(int64_t done, int64_t total)>;

// Nothing when `progress`, which may be empty, has stopped it.
std::optional<std::vector<Measurement>> evaluate(Model& model, const Task& task, Tape& tape,
                                                 const EvalSettings& settings,
                                                 const EvalProgress& progress = {});

// By what evaluations are compared, the greater the better: minus the loss on `validation`, or the mean share
// of exact matches at the most loops. Nothing where neither was measured.
std::optional<double> score_of(const std::vector<Measurement>& measured);

// The whole of a Batch as a model sees it.
ModelInput input_of(const Batch& batch);

}  // namespace ascender
