// GPT training steps as the benchmarks of speed and memory take them: forward, backward and AdamW on one
// batch, and the same in PyTorch or llm.c from the same weights.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ascender/nn/gpt/gpt.h"
#include "ascender/train/optimizer/optimizer.h"

#include "bench/child_peer.h"

namespace ascender::bench {

struct GptCase {
  const char* name;
  int64_t layers, heads, d, vocab, context, batch, length;
  bool bias;
  double goal;         // PyTorch's time over ours
  double llmc_goal;    // llm.c's
  bool large = false;  // left out when quick
};
extern const std::vector<GptCase> kGptCases;

class GptTraining {
 public:
  // `recompute`: blocks keep their output only and run again in backward.
  GptTraining(const GptCase& c, int threads, bool recompute = false);

  double step();  // the loss before it
  Context& context() { return context_; }
  Threads& threads() { return threads_; }
  int num_threads() const { return threads_.count(); }
  const Parameters& parameters() const { return model_.parameters(); }
  // Weights and moments, as a checkpoint holds them.
  std::vector<NamedTensor> state() const;
  const std::vector<int32_t>& rows() const { return rows_; }  // [batch][length + 1]

 private:
  Gpt model_;
  Threads threads_;
  Arena scratch_;
  Context context_;
  Tape tape_;
  Optimizer optimizer_;
  std::vector<int32_t> rows_, tokens_, targets_;
  int64_t batch_, length_, step_ = 0;
};

// Makes `peer` (gpt_torch.py, gpt_llmc.py) hold the same training, from the weights of `ours`.
void load_into(ChildPeer& peer, const GptCase& c, const GptTraining& ours);

}  // namespace ascender::bench
