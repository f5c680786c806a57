// LoopLM: prelude blocks, a core of blocks that is looped with its input injected again each time, coda
// blocks, a head.
//   loop 1: x = e;  later: x = RMSNorm(h) + e;  h = core(x);  logits = head(RMSNorm(coda(h)))
// Positions before the answer may be read once: their keys and values come from the embeddings, and only the
// answer's positions loop ("think at the answer"). In training the number of loops is drawn for each step.
#pragma once

#include <string>
#include <vector>

#include "ascender/nn/block.h"
#include "ascender/nn/looplm/loop_draw.h"
#include "ascender/nn/models.h"

namespace ascender {

enum class CodeKind { kSignificance, kLearned, kAbacus, kNone };
enum class Injection { kAdd, kConcat, kNone };
enum class LossAt { kLast, kEvery };

struct LoopLmConfig {
  int64_t d = 128, heads = 4, ffn = 256, layers = 1, prelude = 0, coda = 0;
  int64_t vocab = 13, classes = 10, num_ids = 0;
  LoopPlan loops;               // of a training step
  bool causal = false;          // among the answer's positions
  bool think_at_answer = true;  // the prompt is read once
  bool sandwich = true;         // a second norm after attention and MLP
  Injection injection = Injection::kAdd;
  CodeKind code = CodeKind::kSignificance;
  LossAt loss_at = LossAt::kLast;
  CrossEntropyOptions loss = {};
  bool gate = false;           // learned halting
  double gate_entropy = 0.05;  // weight of the gate's entropy
  // Scores are scaled by max(1, log(keys) / log(this)): more keys at test than in training would flatten the
  // softmax (Su 2021, "log n scaling"). 0: off.
  int64_t length_scale_keys = 0;
  double qk_gain = 1.5;       // initial gain of the norm on queries and keys
  double output_scale = 0.3;  // of the initial attention-out and MLP-down
  double head_scale = 0.5;
  Activation activation = Activation::kReluSquared;
  DType dtype = DType::kF32;
};

class LoopLm : public Model {
 public:
  explicit LoopLm(const LoopLmConfig& config);
  double loss(Tape& tape, const ModelInput& input) override;
  void predict(Tape& tape, const ModelInput& input, int max_loops, LoopVisitor& visitor) override;
  bool loops() const override { return true; }
  int max_training_loops() const override { return config_.loops.most(); }
  const LoopPlan& loop_plan() const { return config_.loops; }

 private:
  struct Block {
    Norm attention_norm, attention_out_norm, mlp_norm, mlp_out_norm, q_norm, k_norm;
    int wq, wk, wv, wo, up, down;
  };
  // Keys and values of what is read once; empty where everything loops.
  struct Memory {
    Var k, v;
  };
  struct Inputs {
    Var prompt, answer;
  };

  // A weight of what loops as it lies for x w and for dy w^T: packed once a pass, used at every loop.
  struct Resident {
    PackedMatrix forward, transposed;
  };

  Block add_block(const std::string& name);
  void keep_resident(Tape& tape);
  Var project(Tape& tape, const Var& x, int weight, LinearOptions options = {}) const;
  Inputs embed(Tape& tape, const ModelInput& input) const;
  Var embed_part(Tape& tape, const ModelInput& input, int64_t begin, int64_t end) const;
  double score_scale(int64_t num_keys) const;
  Var keys(Tape& tape, const Block& block, const Var& a) const;
  Var run_block(Tape& tape, const Block& block, const Var& x, const Memory& memory, bool causal) const;
  Var inject(Tape& tape, const Var& h, const Var& e) const;
  Var logits(Tape& tape, const Var& h) const;
  // What a loop leaves on the tape: all it computed, or the state that the next one starts from.
  enum class Leave { kAll, kState };
  // Runs `loops` loops, calling after(loop, h) for each.
  template <class After>
  void run(Tape& tape, const ModelInput& input, int loops, Leave leave, const After& after);
  double gated_loss(Tape& tape, const ModelInput& input, int loops);
  Tensor output_targets(Tape& tape, const ModelInput& input) const;

  LoopLmConfig config_;
  int tokens_ = kAbsent, codes_ = kAbsent, inject_ = kAbsent, head_ = kAbsent, gate_weight_ = kAbsent,
      gate_bias_ = kAbsent;
  std::vector<Block> prelude_, core_, coda_;
  std::vector<Memory> memories_;    // of core and coda, of this pass
  std::vector<Resident> resident_;  // by parameter; panels on the tape, of this pass
  Norm loop_norm_, out_norm_;
};

void describe_looplm(Schema& schema);
std::unique_ptr<Model> make_looplm(const Config& config, const ModelSizes& sizes);

}  // namespace ascender
