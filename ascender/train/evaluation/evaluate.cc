#include "ascender/train/evaluation/evaluate.h"

#include <algorithm>

#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

// Counts rows that are right at each listed number of loops, and with the halting rule.
class ExactMatch : public LoopVisitor {
 public:
  ExactMatch(const Batch& batch, const std::vector<int64_t>& loops, const EvalSettings& settings, bool looped)
      : batch_(batch),
        loops_(loops),
        first_(batch.answer_begin < batch.T ? batch.answer_begin : 0),
        right_(loops.size(), 0) {
    if (looped && settings.halt) halting_.emplace_back(settings.rule, batch.B, batch.T - first_, asked());
  }

  bool visit(const LoopView& view) override {
    if (!halting_.empty() && !halting_[0].done()) halting_[0].observe(view);
    const auto at = std::ranges::find(loops_, view.loop);
    if (at != loops_.end()) {
      right_[static_cast<size_t>(at - loops_.begin())] +=
          count_right([&](int64_t b, int64_t t) { return argmax(view.logits, b * (batch_.T - first_) + t); });
    }
    return true;
  }

  int64_t right(size_t index) const { return right_[index]; }
  int64_t right_halted() const {
    return count_right([&](int64_t b, int64_t t) { return halting_[0].prediction(b, t); });
  }
  // Over rows, the mean loops of the asked tokens: those of the row where whole rows stop.
  double total_loops() const {
    double total = 0;
    for (int64_t b = 0; b < batch_.B; ++b) {
      int64_t loops = 0, tokens = 0;
      for (int64_t t = 0; t < batch_.T - first_; ++t) {
        if (target(b, t) < 0) continue;
        loops += halting_[0].loops(b, t);
        ++tokens;
      }
      total += static_cast<double>(loops) / static_cast<double>(std::max<int64_t>(tokens, 1));
    }
    return total;
  }
  bool halts() const { return !halting_.empty(); }

 private:
  int32_t target(int64_t b, int64_t t) const {
    return batch_.targets[static_cast<size_t>(batch_.at(b, first_ + t))];
  }
  std::vector<uint8_t> asked() const {
    std::vector<uint8_t> out;
    for (int64_t b = 0; b < batch_.B; ++b) {
      for (int64_t t = 0; t < batch_.T - first_; ++t) out.push_back(target(b, t) >= 0);
    }
    return out;
  }
  template <class Predict>
  int64_t count_right(const Predict& predict) const {
    int64_t right = 0;
    for (int64_t b = 0; b < batch_.B; ++b) {
      bool all = true;
      for (int64_t t = 0; t < batch_.T - first_; ++t) {
        if (target(b, t) >= 0 && target(b, t) != predict(b, t)) all = false;
      }
      right += all;
    }
    return right;
  }

  const Batch& batch_;
  const std::vector<int64_t>& loops_;
  int64_t first_;
  std::vector<int64_t> right_;
  std::vector<Halting> halting_;  // one, or none
};

class Evaluation {
 public:
  Evaluation(Model& model, const Task& task, Tape& tape, const EvalSettings& settings)
      : model_(model),
        task_(task),
        tape_(tape),
        settings_(settings),
        buffer_(settings.batch, std::max<int64_t>(task.shape().eval_length, 1)),
        loops_(model.loops() ? settings.loops : std::vector<int64_t>{1}) {}

  int64_t rows(const EvalSet& set) const {
    return settings_.max_rows > 0 ? std::min(settings_.max_rows, set.num_rows) : set.num_rows;
  }

  // each(batch) over the set; false, and no further batch, when it returns false.
  template <class Each>
  bool batches(size_t index, const Each& each) {
    const int64_t total = rows(task_.eval_sets()[index]);
    for (int64_t row = 0; row < total; row += settings_.batch) {
      Batch batch = buffer_.batch(std::min(settings_.batch, total - row), row);
      task_.evaluate(index, batch);
      tape_.reset();
      if (!each(batch)) return false;
    }
    return true;
  }

  // Adds what the set measures to `out`; false when `done` has stopped it.
  bool measure(size_t index, std::vector<Measurement>& out, const std::function<bool(int64_t)>& done) {
    const bool exact = task_.eval_sets()[index].measure == Measure::kExactMatch;
    return exact ? exact_match(index, out, done) : mean_loss(index, out, done);
  }

 private:
  bool exact_match(size_t index, std::vector<Measurement>& out, const std::function<bool(int64_t)>& done) {
    const EvalSet& set = task_.eval_sets()[index];
    std::vector<int64_t> right(loops_.size(), 0);
    int64_t halted = 0;
    double halt_loops = 0;
    bool halts = false;
    int64_t most = loops_.back();
    if (model_.loops() && settings_.halt) most = std::max<int64_t>(most, settings_.rule.max_loops);
    const bool all = batches(index, [&](const Batch& batch) {
      ExactMatch counts(batch, loops_, settings_, model_.loops());
      model_.predict(tape_, input_of(batch), static_cast<int>(most), counts);
      for (size_t i = 0; i < right.size(); ++i) right[i] += counts.right(i);
      halts = counts.halts();
      if (halts) {
        halted += counts.right_halted();
        halt_loops += counts.total_loops();
      }
      return done(batch.B);
    });
    if (!all) return false;
    const auto n = static_cast<double>(rows(set));
    const auto add = [&](const std::string& metric, const std::string& loops, const std::string& suffix,
                         double value) {
      out.push_back({metric + "." + set.name + suffix, metric, set.name, loops, value});
    };
    for (size_t i = 0; i < right.size(); ++i) {
      const bool last = i + 1 == right.size();
      const std::string loops = std::to_string(loops_[i]);
      add("eval.exact_match", last ? "" : loops, last ? "" : ".loops." + loops,
          static_cast<double>(right[i]) / n);
    }
    if (halts) {
      add("eval.exact_match", "halt", ".halt", static_cast<double>(halted) / n);
      add("eval.loops", "halt", ".halt", halt_loops / n);
    }
    return true;
  }

  bool mean_loss(size_t index, std::vector<Measurement>& out, const std::function<bool(int64_t)>& done) {
    double total = 0;
    int64_t targets = 0;
    const bool was_recording = tape_.recording();
    tape_.set_recording(false);
    const bool all = batches(index, [&](const Batch& batch) {
      ModelInput input = input_of(batch);
      input.loops = model_.max_training_loops();
      total += model_.loss(tape_, input) * static_cast<double>(batch.num_targets());
      targets += batch.num_targets();
      return done(batch.B);
    });
    tape_.set_recording(was_recording);
    if (!all) return false;
    const EvalSet& set = task_.eval_sets()[index];
    const std::string suffix = set.name == "validation" ? "" : "." + set.name;
    out.push_back({"eval.loss" + suffix, "eval.loss", set.name, "",
                   total / static_cast<double>(std::max<int64_t>(targets, 1))});
    return true;
  }

  Model& model_;
  const Task& task_;
  Tape& tape_;
  const EvalSettings& settings_;
  BatchBuffer buffer_;
  std::vector<int64_t> loops_;
};

}  // namespace

ModelInput input_of(const Batch& batch) {
  ModelInput input;
  input.tokens = batch.tokens_BT();
  input.targets = batch.targets_BT();
  input.ids = batch.ids_BT();
  input.answer_begin = batch.answer_begin;
  input.first_row = batch.first_row;
  return input;
}

std::optional<std::vector<Measurement>> evaluate(Model& model, const Task& task, Tape& tape,
                                                 const EvalSettings& settings, const EvalProgress& progress) {
  Evaluation evaluation(model, task, tape, settings);
  const std::vector<EvalSet>& sets = task.eval_sets();
  int64_t total = 0, so_far = 0;
  for (const EvalSet& set : sets) total += evaluation.rows(set);
  const auto done = [&](int64_t rows) {
    so_far += rows;
    return !progress || progress(so_far, total);
  };
  std::vector<Measurement> out;
  bool all = true;
  for (size_t i = 0; i < sets.size() && all; ++i) all = evaluation.measure(i, out, done);
  tape.reset();
  if (!all) return std::nullopt;
  return out;
}

std::optional<double> score_of(const std::vector<Measurement>& measured) {
  double total = 0;
  int64_t count = 0;
  for (const Measurement& m : measured) {
    if (m.name == "eval.loss") return -m.value;
    if (m.metric != "eval.exact_match" || !m.loops.empty()) continue;
    total += m.value;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return total / static_cast<double>(count);
}

namespace {

// Where nothing loops there is one pass.
void describe_loops(Schema& schema) {
  schema.integers("eval.loops", {1, 2, 4, 8, 16, 32}, {1, 1024},
                  "Numbers of loops at which a looped model is measured, ascending.");
  schema.choice("eval.halt.signal", "kl", {"none", "kl", "latent", "gate"},
                "What decides that a looped model has thought enough.");
  schema.choice("eval.halt.scope", "sequence", {"sequence", "token"},
                "Whether whole sequences halt or single tokens.");
  schema.real("eval.halt.threshold", 0.01, {0, 1e9}, "Halt when the signal falls below this.");
  schema.integer("eval.halt.loops", 32, {1, 1024}, "Halt after this many loops at the latest.");
}

}  // namespace

void describe_evaluation(Schema& schema) {
  schema.where("model.kind", {"looplm"}, describe_loops);
  schema.integer("eval.batch", 32, {1, 1e6}, "Rows evaluated at a time.", Unit::kExamples);
  schema.integer("eval.every", 0, {0, 1e12}, "Steps between evaluations during training; 0: at the end only.",
                 Unit::kSteps);
  schema.integer("eval.rows", 0, {0, 1e12}, "Rows of each set in evaluations during training; 0: all.",
                 Unit::kExamples);
}

EvalSettings make_eval_settings(const Config& config) {
  EvalSettings s;
  s.loops = config.integers("eval.loops");
  if (s.loops.empty()) {
    throw InputError("E0754",
                     "`eval.loops` is empty: a looped model is measured at one number of loops at least",
                     "such as `eval.loops = {1, 8}`");
  }
  std::ranges::sort(s.loops);
  s.loops.erase(std::ranges::unique(s.loops).begin(), s.loops.end());
  const std::string& signal = config.text("eval.halt.signal");
  s.halt = signal != "none";
  s.rule.signal = signal == "latent" ? HaltSignal::kLatent
                  : signal == "gate" ? HaltSignal::kGate
                                     : HaltSignal::kKl;
  s.rule.scope = config.text("eval.halt.scope") == "token" ? HaltScope::kToken : HaltScope::kSequence;
  s.rule.threshold = config.real("eval.halt.threshold");
  s.rule.max_loops = config.int32("eval.halt.loops");
  s.batch = config.integer("eval.batch");
  return s;
}

}  // namespace ascender
