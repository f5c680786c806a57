// Language modelling of one text: windows of `context` tokens, each position asked for the next token. The
// end of the text is held out (set `validation`, windows side by side over all of it).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/data/corpus.h"
#include "ascender/data/task.h"
#include "ascender/data/windows.h"

namespace ascender {

class TextTask : public Task {
 public:
  // `validation`: the share held out, 0: none. InputError when a part is shorter than a window; `name` is for
  // it.
  TextTask(Corpus corpus, std::unique_ptr<Tokenizer> tokenizer, int64_t context, double validation,
           std::string name);

  const TaskShape& shape() const override { return shape_; }
  void sample(uint64_t seed, uint64_t step, Batch& batch) const override;
  const std::vector<EvalSet>& eval_sets() const override { return sets_; }
  void evaluate(size_t set, Batch& batch) const override;
  // The text's last `context` tokens; an empty question begins as after a line's end.
  void prompt(std::string_view question, Batch& batch) const override;
  Extension extend(Batch& batch, int32_t predicted) const override;
  std::string answer(std::span<const int32_t> predicted) const override;
  std::vector<std::string> examples() const override { return {""}; }
  std::optional<std::string> solve(std::string_view) const override { return std::nullopt; }
  std::string data_hash() const override;
  const Tokenizer* tokenizer() const override { return tokenizer_.get(); }
  std::vector<std::string> notes() const override { return notes_; }
  void add_note(std::string note) { notes_.push_back(std::move(note)); }

 private:
  TokenRange train() const { return {&corpus_.tokens, 0, train_end_}; }
  TokenRange held_out() const { return {&corpus_.tokens, train_end_, corpus_.tokens.count()}; }

  Corpus corpus_;
  std::unique_ptr<Tokenizer> tokenizer_;
  double validation_;
  int64_t train_end_;
  int32_t first_token_ = 0;
  TaskShape shape_;
  std::vector<EvalSet> sets_;
  std::vector<std::string> notes_;
};

// Without data.path it reads a text that every Debian system has, and says so in notes().
std::unique_ptr<Task> make_text(const Config& config);

}  // namespace ascender
