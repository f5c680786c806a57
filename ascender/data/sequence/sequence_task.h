// Small tasks over sequences of symbols 0..symbols-1, answered token by token. Which task it is, is a rule:
//
//   copy        x_1 .. x_n | -> x_1 .. x_n        symbols uniform
//   sort        x_1 .. x_n | -> ascending         symbols uniform
//   induction   x_1 .. x_n x_i -> x_i+1           x distinct, i < n uniform: what followed the last symbol
//   before
//
// `|` is the token behind the symbols. The answer is read behind the prompt, one position late: a row is the
// prompt and all of the answer but its last symbol; targets begin at the prompt's last token. One n ~
// U{least..max_length} a training batch; the evaluation sets are NAME.n. A question is written as numbers: "3
// 1 2".
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/data/task.h"

namespace ascender {

struct SequenceRule {
  const char* name;
  int64_t least;         // the shortest n
  bool has_separator;    // `|` behind the prompt
  int64_t prompt_extra;  // symbols of the prompt: n + prompt_extra
  bool answers_one;      // the answer is one symbol, else n
  bool distinct;         // n <= symbols
  void (*draw)(int32_t symbols, Random& random, std::span<int32_t> prompt);
  // Whether there is an answer; it is put in `answer`.
  bool (*solve)(std::span<const int32_t> prompt, std::span<int32_t> answer);
};
extern const SequenceRule kCopyRule, kSortRule, kInductionRule;

struct SequenceSettings {
  int32_t symbols = 32;
  int64_t max_length = 16;
  std::vector<int64_t> eval_lengths = {4, 8, 16, 24, 32};
  int64_t eval_examples = 1000;
  uint64_t eval_seed = 20;
};

class SequenceTask : public Task {
 public:
  // InputError where a length does not suit the rule.
  SequenceTask(const SequenceRule& rule, SequenceSettings settings);

  const TaskShape& shape() const override { return shape_; }
  void sample(uint64_t seed, uint64_t step, Batch& batch) const override;
  const std::vector<EvalSet>& eval_sets() const override { return sets_; }
  void evaluate(size_t set, Batch& batch) const override;
  void prompt(std::string_view question, Batch& batch) const override;
  Extension extend(Batch& batch, int32_t predicted) const override;
  std::string answer(std::span<const int32_t> predicted) const override;
  std::vector<std::string> examples() const override;
  std::string written(std::string_view question, std::string_view answer) const override;
  std::optional<std::string> solve(std::string_view question) const override;
  std::string data_hash() const override;

 private:
  int64_t prompt_symbols(int64_t n) const { return n + rule_.prompt_extra; }
  int64_t answer_symbols(int64_t n) const { return rule_.answers_one ? 1 : n; }
  int64_t answer_begin(int64_t n) const { return prompt_symbols(n) + (rule_.has_separator ? 1 : 0) - 1; }
  int64_t row_length(int64_t n) const { return answer_begin(n) + answer_symbols(n); }
  int64_t length_of(size_t set) const;
  Random eval_random(size_t set, int64_t row) const;
  void write_row(int64_t n, Random& random, int64_t row, Batch& batch) const;
  std::vector<int32_t> parse(std::string_view question) const;

  const SequenceRule& rule_;
  SequenceSettings settings_;
  int64_t longest_ = 0;
  TaskShape shape_;
  std::vector<EvalSet> sets_;
};

void describe_sequences(Schema& schema);  // data.sequence.*, of all rules
SequenceSettings sequence_settings(const Config& config);

template <const SequenceRule& rule>
std::unique_ptr<Task> make_sequence(const Config& config) {
  return std::make_unique<SequenceTask>(rule, sequence_settings(config));
}

}  // namespace ascender
