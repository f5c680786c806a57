// What training, evaluation and generation ask of a model, whatever its kind.
#pragma once

#include <cstdint>
#include <memory>

#include "ascender/base/random.h"
#include "ascender/nn/parameters.h"

namespace ascender {

// A batch as a model sees it. tokens, targets, ids: i32 [B,T]; a target < 0 is not asked, an id < -1 is none.
// answer_begin: first position of the answer, T where the whole sequence is read and predicted.
struct ModelInput {
  Tensor tokens, targets, ids;
  int64_t answer_begin = 0;
  int64_t first_row = 0;  // of a larger batch: randomness belongs to the row, not to the slice
  uint64_t seed = 0;
  uint64_t step = 0;
  uint64_t total_steps = 1;
  bool training = false;    // dropout and random loops on
  int loops = 0;            // loops of this pass; 0: drawn for the step
  int64_t num_targets = 0;  // of the whole batch, for the mean; 0: of this input

  int64_t batch() const { return tokens.size(0); }
  int64_t length() const { return tokens.size(1); }
  // Positions that give predictions: [first_output, length).
  int64_t first_output() const { return answer_begin < length() ? answer_begin : 0; }
};

// One pass over the weights of a looped block; other models have one.
struct LoopView {
  int loop = 1;       // from 1
  Tensor logits;      // [B,To,classes], To = length - first_output
  Tensor latent;      // [B,To,d], the state after the loop
  Tensor exit_logit;  // [B,To] of a learned gate: sigmoid of it is the chance of leaving at this loop; else
                      // empty
};

// Called after each loop; false stops.
class LoopVisitor {
 public:
  virtual ~LoopVisitor() = default;
  virtual bool visit(const LoopView& view) = 0;
};

class Model {
 public:
  virtual ~Model() = default;
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }

  virtual void initialise(uint64_t seed) { parameters_.initialise(seed); }
  // Forward with the loss recorded on the tape; the mean loss over targets that count.
  virtual double loss(Tape& tape, const ModelInput& input) = 0;
  // Forward without a record, at most max_loops loops (1 where nothing loops). A view lives until visit
  // returns.
  virtual void predict(Tape& tape, const ModelInput& input, int max_loops, LoopVisitor& visitor) = 0;
  // Whether more loops can change a prediction.
  virtual bool loops() const { return false; }
  virtual int max_training_loops() const { return 1; }
  // The longest sequence it takes; 0: any.
  virtual int64_t max_length() const { return 0; }

 protected:
  explicit Model(DType dtype) : parameters_(dtype) {}
  Parameters parameters_;
};

// What a task asks of any model: the sizes that the configuration does not state.
struct ModelSizes {
  int64_t vocab = 0;    // tokens are in [0, vocab)
  int64_t classes = 0;  // targets are in [0, classes)
  int64_t length = 0;   // the longest sequence in training
  int64_t longest = 0;  // the longest it is ever given: in training, in evaluation, as a prompt
  int64_t num_ids = 0;  // ids are in [-1, num_ids); 0: the task has none
};

}  // namespace ascender
