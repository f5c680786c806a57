// Optimisers over a model's flat storage. Vectors and embeddings are updated like matrices but may be spared
// weight decay; Muon takes the hidden matrices and leaves the rest to AdamW.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/kernels/context.h"
#include "ascender/nn/parameters.h"

namespace ascender {

struct OptimizerSettings {
  enum class Kind { kAdamW, kSgd, kMuon } kind = Kind::kAdamW;
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  bool decay_embeddings = true;
  double momentum = 0.95, muon_lr = 0.02;
  bool nesterov = true;
  double average = 0;         // decay of the weights' moving average; 0: none
  double average_from = 0.5;  // share of the steps after which it begins
};

void describe_optimizer(Schema& schema);
OptimizerSettings make_optimizer_settings(const Config& config);

// What it holds between steps, by name, for checkpoints and snapshots.
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

class Optimizer {
 public:
  Optimizer(const OptimizerSettings& settings, const Parameters& parameters);

  // step from 0; lr_factor from the schedule; gradient_scale from clipping.
  void step(Context& context, int64_t step, int64_t total_steps, double lr_factor, double gradient_scale);

  bool averages() const { return settings_.average > 0; }
  // Exchanges the weights with their average, for evaluation; calling it again exchanges them back.
  void swap_average();
  std::vector<NamedTensor> state() const;

 private:
  struct Run {  // neighbours in the flat storage that are updated alike
    int64_t begin, end;
    double weight_decay;
    int matrix = -1;  // >= 0: the parameter that Muon updates
  };
  Tensor part(const Reservation& memory, const Run& run) const;

  OptimizerSettings settings_;
  const Parameters& parameters_;
  std::vector<Run> runs_;
  std::unique_ptr<Reservation> first_, second_, average_;
};

}  // namespace ascender
