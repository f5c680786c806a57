// Addition of two numbers of n digits, for models that answer digit by digit or all at once.
//
//   tokens   0..9 digits, 10 `+`, 11 `=`, 12 the placeholder of an answer given all at once
//   prompt   a (most significant digit first) + b =, both zero-padded to n digits
//   answer   the n + 1 digits of the sum, least significant first
//   ids      the significance of a digit; -1 at `=`; kNoId at `+`
//
//   layout ar    T = 3n + 2. The answer begins at `=` (position 2n + 1); its inputs are `=` and the sum's
//   digits
//                0..n-1 with their ids, its targets the digits 0..n.
//   layout par   T = 3n + 3. The answer begins after `=` (position 2n + 2); its inputs are n + 1 placeholders
//   with
//                ids 0..n, its targets the digits 0..n.
//
// A training batch has one n ~ U{1..max_digits}; each row is carry-heavy with probability `heavy`, else
// uniform.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/data/addition/distribution.h"
#include "ascender/data/task.h"

namespace ascender {

// A predicted class as a digit; `?` for one that is none, which a model that predicts tokens may say.
char digit_text(int32_t predicted);

enum class AnswerLayout { kTokenByToken, kAllAtOnce };

struct AdditionSettings {
  AnswerLayout layout = AnswerLayout::kAllAtOnce;
  int max_digits = 6;
  double heavy = 0.4;
  std::vector<int64_t> eval_digits = {6, 8, 10, 12, 16, 20, 28};  // uniform.D and carry.D
  int bin_digits = 12;                                            // chain.L.D and dep.L.D
  std::vector<int64_t> chains = {1, 2, 3, 4, 6, 8, 9, 12};
  std::vector<int64_t> deps = {1, 2, 3, 4, 6, 9, 12};
  int64_t eval_examples = 1000;
  int64_t bin_examples = 200;
  uint64_t eval_seed = 20;
};

class AdditionTask : public Task {
 public:
  static constexpr int32_t kPlus = 10;
  static constexpr int32_t kEquals = 11;
  static constexpr int32_t kPlaceholder = 12;
  static constexpr int32_t kVocabSize = 13;
  static constexpr int32_t kNumClasses = 10;

  explicit AdditionTask(AdditionSettings settings);

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

  // The operands of one row of an evaluation set.
  Operands eval_operands(size_t set, int64_t row) const;

 private:
  struct SetPlan {
    OperandDistribution distribution;
    int digits = 0;
  };
  void add_set(std::string name, SetPlan plan, int64_t rows);
  void write_row(const Operands& pair, int64_t row, Batch& batch) const;
  void write_answer(const Operands& pair, int64_t row, Batch& batch) const;

  AdditionSettings settings_;
  TaskShape shape_;
  std::vector<EvalSet> sets_;
  std::vector<SetPlan> plans_;
};

void describe_addition(Schema& schema);
std::unique_ptr<Task> make_addition(const Config& config);

}  // namespace ascender
