// Arithmetic modulo p, the task on which grokking was found (Power et al. 2022): the token row [a, b, =] is
// asked for (a op b) mod p at its last position.
//
// Of the p^2 pairs a share is for training, chosen pair by pair by a hash of (split seed, a, b); the others
// are the set `validation`. Training goes through them epoch by epoch, each in an order of its own; with a
// batch of num_train_rows() every step is one epoch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/data/task.h"

namespace ascender {

enum class ModularOperation { kAdd, kSubtract, kMultiply };

struct ModularSettings {
  int32_t modulus = 113;
  ModularOperation operation = ModularOperation::kAdd;
  double train_share = 0.3;
  uint64_t split_seed = 0;
};

class ModularTask : public Task {
 public:
  explicit ModularTask(ModularSettings settings);  // InputError when a part has no pairs

  const TaskShape& shape() const override { return shape_; }
  void sample(uint64_t seed, uint64_t step, Batch& batch) const override;
  int64_t num_train_rows() const override { return std::ssize(train_); }
  const std::vector<EvalSet>& eval_sets() const override { return sets_; }  // train, validation
  void evaluate(size_t set, Batch& batch) const override;
  void prompt(std::string_view question, Batch& batch) const override;  // "12+34"
  Extension extend(Batch&, int32_t) const override { return Extension::kComplete; }
  std::string answer(std::span<const int32_t> predicted) const override;
  std::vector<std::string> examples() const override;
  std::string written(std::string_view question, std::string_view answer) const override;
  std::optional<std::string> solve(std::string_view question) const override;
  std::string data_hash() const override;

 private:
  struct Pair {
    int32_t a = 0, b = 0;
  };
  int32_t result(Pair pair) const;
  Pair parse(std::string_view question) const;
  void prepare(int64_t rows, Batch& batch) const;
  void write_row(Pair pair, int64_t row, Batch& batch) const;

  ModularSettings settings_;
  std::vector<Pair> train_, held_out_;
  TaskShape shape_;
  std::vector<EvalSet> sets_;
};

void describe_modular(Schema& schema);
std::unique_ptr<Task> make_modular(const Config& config);

}  // namespace ascender
