// One model, one task, one optimiser, and the step that joins them. Everything that a step reads besides the
// weights and moments is a function of (seed, step), so the state of a training is: weights, moments,
// average, step.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/data/tasks.h"
#include "ascender/nn/models.h"
#include "ascender/train/evaluation/evaluate.h"
#include "ascender/train/optimizer/optimizer.h"
#include "ascender/train/optimizer/schedule.h"

namespace ascender {

// Every setting of a training run: model, task, optimiser, schedule, evaluation, and the run's own.
Schema training_schema();

struct StepReport {
  double loss = 0;
  double gradient_norm = 0;
  double lr = 0;
  int64_t tokens = 0;
  double flops = 0;
  bool finite = true;  // loss and gradient; when not, the weights were left as they are
};

struct MemoryEstimate {
  double parameters = 0;   // values; gradients and moments where there are steps
  double activations = 0;  // of the largest step
  double total() const { return parameters + activations; }
};

// InputError where settings of a step, or of halting, do not fit together.
void check_batch(const Config& config);
void check_halting(const Config& config);

enum class Weights { kInitial, kNone };  // kNone: nothing will be trained

class Trainer {
 public:
  // InputError for settings that do not fit; refuses what does not fit into the machine's memory.
  explicit Trainer(const Config& config, Weights weights = Weights::kInitial);
  // The weights of `model.load`, where it names a file; a new run does so once. InputError when they do not
  // fit.
  void load_weights();
  std::string load_hash() const;  // SHA-256 of that file; empty where none is named

  StepReport step();  // trains step next_step() and advances
  int64_t next_step() const { return next_step_; }
  int64_t total_steps() const { return total_steps_; }
  // How often all training examples were seen; nothing where they have no end.
  std::optional<double> epoch() const;
  bool finished() const { return next_step_ >= total_steps_; }

  // On the averaged weights where an average is kept. max_rows: of each set, 0: all. Nothing when `progress`
  // has stopped it.
  std::optional<std::vector<Measurement>> evaluate(int64_t max_rows, const EvalProgress& progress = {});

  // Runs `body` with the weights that are evaluated: the average where one is kept.
  template <class Body>
  auto with_final_weights(const Body& body) {
    // Before the first step there is no average.
    if (!optimizer_->averages() || next_step_ == 0) return body();
    const Swap swap(*optimizer_);
    return body();
  }

  // False when a weight is infinite or not a number.
  bool weights_are_finite();

  // The whole state but the step, as views of live memory; names are stable.
  std::vector<NamedTensor> state();
  void set_next_step(int64_t step) { next_step_ = step; }

  // Where the task repeats a Python program: its generator behind the weights, which samples are drawn from.
  const std::optional<PythonRandom>& reference_random() const { return reference_; }

  const Config& config() const { return config_; }
  const Task& task() const { return *task_; }
  Model& model() { return *model_; }
  Tape& tape() { return *tape_; }
  Context& context() { return context_; }
  int num_threads() const { return threads_.count(); }
  double flops() const { return context_.work.flops; }
  const MemoryEstimate& estimate() const { return estimate_; }

 private:
  struct Swap {
    Optimizer& optimizer;
    explicit Swap(Optimizer& o) : optimizer(o) { optimizer.swap_average(); }
    ~Swap() { optimizer.swap_average(); }
  };
  ModelInput input_of_step(const Batch& batch, int64_t begin, int64_t end) const;
  MemoryEstimate estimate_memory();
  double parameter_bytes() const;
  void refuse_what_does_not_fit() const;
  std::filesystem::path load_file() const;  // of `model.load`; InputError when it is not there

  Config config_;
  uint64_t seed_;
  int64_t total_steps_, batch_rows_, micro_batches_;
  double clip_;
  std::unique_ptr<Task> task_;
  std::unique_ptr<Model> model_;
  std::optional<PythonRandom> reference_;
  Threads threads_;
  Arena scratch_;
  Context context_;
  std::unique_ptr<Tape> tape_;
  std::unique_ptr<Optimizer> optimizer_;
  LrSchedule schedule_;
  EvalSettings eval_;
  std::unique_ptr<BatchBuffer> buffer_;
  MemoryEstimate estimate_;
  int64_t next_step_ = 0;
};

}  // namespace ascender
