// A task: what a model is trained on and asked. A training batch is a pure function of (seed, step), an
// evaluation row of (evaluation seed, set, row); so the state of a sampler is the step number and nothing
// else, and the rows of a batch are the same however the batch is cut into slices.
//
// A task is one folder or file here and one line in tasks.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ascender/base/random.h"
#include "ascender/data/batch.h"
#include "ascender/data/python_random.h"

namespace ascender {

// The largest shapes that a task fills; memory is decided from them at the start.
struct TaskShape {
  int64_t train_length = 0;  // T of a training batch at most
  int64_t eval_length = 0;   // T of an evaluation batch or of a prompt with its answer at most
  int32_t vocab_size = 0;    // tokens are in [0, vocab_size)
  int32_t num_classes = 0;   // targets are in [0, num_classes); class c is written as token c
  int32_t num_ids = 0;       // ids are in [-1, num_ids); 0 when the task has none
};

// What is measured on a set: the share of rows with every target right, or the mean loss over its targets.
enum class Measure { kExactMatch, kLoss };

struct EvalSet {
  std::string name;  // uniform.12, carry.12, chain.4.12, dep.6.12, validation
  int64_t num_rows = 0;
  Measure measure = Measure::kExactMatch;
};

// What became of a prompt: one position longer; as long as before, its oldest token gone (text without an
// end; what was cached by position is stale); or unchanged, because the answer is complete.
enum class Extension { kLonger, kMoved, kComplete };

class Tokenizer;

class Task {
 public:
  virtual ~Task() = default;

  virtual const TaskShape& shape() const = 0;

  // Fills batch.B rows, first_row and after, of training step `step`. Sets T and answer_begin. Allocates
  // nothing.
  virtual void sample(uint64_t seed, uint64_t step, Batch& batch) const = 0;
  // Different training examples there are, for full-batch training and epochs; 0 when they have no end.
  virtual int64_t num_train_rows() const { return 0; }

  // The evaluation sets, in the order they are reported.
  virtual const std::vector<EvalSet>& eval_sets() const = 0;
  // Fills rows [first_row, first_row + B) of eval_sets()[set]. REQUIRES: they are within num_rows.
  virtual void evaluate(size_t set, Batch& batch) const = 0;

  // One row that asks `question`; InputError says what is wrong with it. The batch needs room for
  // eval_length. Where the answer is given all at once its places are there; otherwise extend() makes them,
  // one by one.
  virtual void prompt(std::string_view question, Batch& batch) const = 0;
  // Appends a predicted class to a prompt that is answered token by token, unless the answer is complete with
  // it.
  virtual Extension extend(Batch& batch, int32_t predicted) const = 0;
  // The answer that predicted classes mean, as a person reads it.
  virtual std::string answer(std::span<const int32_t> predicted) const = 0;
  // The right answer, where the task knows it.
  virtual std::optional<std::string> solve(std::string_view question) const = 0;
  // Questions that show a trained model at work; none where the task has none to offer.
  virtual std::vector<std::string> examples() const { return {}; }
  // A question with an answer, as a person reads them; text goes on where its beginning ends.
  virtual std::string written(std::string_view question, std::string_view answer) const;
  // Whether `answer` is right; nothing where the task cannot know.
  std::optional<bool> check(std::string_view question, std::string_view answer) const;

  // Identity of the data and of how it becomes tokens, for a trial's id and for refusing a foreign
  // checkpoint.
  virtual std::string data_hash() const = 0;
  // Where this task repeats a Python program draw for draw (microgpt.py): its generator as the data left it,
  // from which that program draws its weights and then its samples.
  virtual std::optional<PythonRandom> reference_random() const { return std::nullopt; }
  // How text becomes tokens here; null where the task has no tokeniser.
  virtual const Tokenizer* tokenizer() const { return nullptr; }
  // What the user should know before the run: which text is used, a cached file that was damaged.
  virtual std::vector<std::string> notes() const { return {}; }
};

// A cursor of its own for each row of each step, and one (row -1) for what the whole batch shares.
Random row_random(RandomKey key, uint64_t step, int64_t row);

// The index of the set with that name, or nothing.
std::optional<size_t> find_eval_set(const Task& task, std::string_view name);

}  // namespace ascender
