#include "ascender/data/task.h"

#include <algorithm>

namespace ascender {

std::string Task::written(std::string_view question, std::string_view answer) const {
  return std::string(question).append(answer);
}

std::optional<bool> Task::check(std::string_view question, std::string_view answer) const {
  const std::optional<std::string> right = solve(question);
  if (!right) return std::nullopt;
  return *right == answer;
}

Random row_random(RandomKey key, uint64_t step, int64_t row) {
  return Random(key, step, static_cast<uint64_t>(row + 1) << 32);
}

std::optional<size_t> find_eval_set(const Task& task, std::string_view name) {
  const std::vector<EvalSet>& sets = task.eval_sets();
  const auto it = std::ranges::find(sets, name, &EvalSet::name);
  if (it == sets.end()) return std::nullopt;
  return static_cast<size_t>(it - sets.begin());
}

}  // namespace ascender
