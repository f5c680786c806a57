// Karpathy's microgpt.py (12 February 2026): token and position embeddings, RMSNorm without gain, one or more
// blocks of causal attention and a ReLU MLP, no biases, an untied head. Matrices are [out, in], as there.
#pragma once

#include <vector>

#include "ascender/autograd/ops/linear.h"
#include "ascender/nn/models.h"

namespace ascender {

struct MicroGptConfig {
  int64_t d = 16, heads = 4, layers = 1, vocab = 27, context = 16;
  double deviation = 0.08;  // of every initial weight
  DType dtype = DType::kF32;
};

class MicroGpt : public Model {
 public:
  explicit MicroGpt(const MicroGptConfig& config);
  double loss(Tape& tape, const ModelInput& input) override;
  void predict(Tape& tape, const ModelInput& input, int max_loops, LoopVisitor& visitor) override;
  int64_t max_length() const override { return config_.context; }

 private:
  struct Block {
    int wq, wk, wv, wo, fc1, fc2;
  };
  Var queries_keys_values(const Block& block) const;  // [3d,d]
  Var trunk(Tape& tape, const ModelInput& input) const;
  Var project(Tape& tape, const Var& x, int weight, Activation activation = Activation::kNone,
              const Var& residual = {}) const;

  MicroGptConfig config_;
  int wte_, wpe_, lm_head_;
  std::vector<Block> blocks_;
};

void describe_microgpt(Schema& schema);
std::unique_ptr<Model> make_microgpt(const Config& config, const ModelSizes& sizes);

}  // namespace ascender
