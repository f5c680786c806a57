// Decoder-only transformer, pre-norm (Radford 2019; nanoGPT). Parameters carry the Hugging Face names of
// GPT-2, and matrices are stored [in, out] as its Conv1D does, so that its checkpoints are read and written
// as they are.
//   x = wte[token] (+ wpe[position]);  x += attention(norm(x));  x += mlp(norm(x));  logits = norm(x) head
#pragma once

#include <vector>

#include "ascender/nn/block.h"
#include "ascender/nn/models.h"

namespace ascender {

enum class PositionKind { kLearned, kRotary, kNone };

struct GptConfig {
  int64_t d = 768, heads = 12, key_heads = 12, ffn = 3072, layers = 12, vocab = 50257, context = 1024;
  Activation activation = Activation::kGelu;
  PositionKind position = PositionKind::kLearned;
  bool layer_norm = true;  // else RMSNorm
  bool bias = true;
  bool tied = true;
  bool qk_norm = false;
  double dropout = 0;
  CrossEntropyOptions loss = {};
  DType dtype = DType::kF32;
};

// gpt2 (124M), gpt2-medium (355M), gpt2-large (774M), gpt2-xl (1.5B); the other fields are GPT-2's.
GptConfig gpt2_config(const std::string& size);

class Gpt : public Model {
 public:
  explicit Gpt(const GptConfig& config);
  double loss(Tape& tape, const ModelInput& input) override;
  void predict(Tape& tape, const ModelInput& input, int max_loops, LoopVisitor& visitor) override;
  int64_t max_length() const override { return config_.context; }
  const GptConfig& config() const { return config_; }

 private:
  struct Block {
    Norm ln_1, ln_2, q_norm, k_norm;
    int c_attn, c_attn_bias, attn_proj, attn_proj_bias, c_fc, c_fc_bias, mlp_proj, mlp_proj_bias;
  };
  struct Sites;

  Norm add_norm(const std::string& name);
  Block add_block(int64_t index);
  int add_bias(const std::string& name, int64_t width);
  Var trunk(Tape& tape, const ModelInput& input) const;
  Var embed(Tape& tape, const ModelInput& input) const;
  Var run_block(Tape& tape, const ModelInput& input, size_t index, const Var& x) const;
  Var mix(Tape& tape, const Block& block, const Var& a) const;
  Var drop(Tape& tape, const ModelInput& input, const Var& x, uint64_t site) const;
  Var head() const;

  GptConfig config_;
  int wte_ = kAbsent, wpe_ = kAbsent, lm_head_ = kAbsent;
  std::vector<Block> blocks_;
  Norm ln_f_;
  std::unique_ptr<Reservation> rotary_;  // cosines and sines, [context, D/2] each
  Tensor cosines_, sines_;
};

void describe_gpt(Schema& schema);
std::unique_ptr<Model> make_gpt(const Config& config, const ModelSizes& sizes);

}  // namespace ascender
