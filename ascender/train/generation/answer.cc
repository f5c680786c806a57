#include "ascender/train/generation/answer.h"

#include <algorithm>

#include "ascender/base/diagnostic.h"
#include "ascender/train/evaluation/evaluate.h"

namespace ascender {
namespace {

// Watches the last `places` positions of each loop.
class Watch : public LoopVisitor {
 public:
  Watch(const HaltRule& rule, int64_t places, int64_t beyond, Thoughts& thoughts)
      : rule_(rule), places_(places), beyond_(beyond), thoughts_(thoughts) {}

  bool visit(const LoopView& view) override {
    if (rule_.signal == HaltSignal::kGate && view.exit_logit.empty()) {
      throw InputError("E0720", "halting by `gate` asks for a model that learned one, and this one has none",
                       "halt by `kl` or `latent`");
    }
    const int64_t outputs = view.logits.size(1), first = outputs - places_;
    if (halting_.empty()) {
      std::vector<uint8_t> asked(static_cast<size_t>(outputs), 0);
      std::fill(asked.begin() + first, asked.end(), uint8_t{1});
      halting_.emplace_back(rule_, 1, outputs, std::move(asked));
    }
    if (!stopped(outputs)) halting_[0].observe(view);
    std::vector<int32_t> digits;
    for (int64_t t = first; t < outputs; ++t) digits.push_back(argmax(view.logits, t));
    thoughts_.digits.push_back(std::move(digits));
    keep_logits(view.logits);
    if (stopped(outputs) && thoughts_.halted.empty()) {
      for (int64_t t = first; t < outputs; ++t) {
        thoughts_.halted.push_back(halting_[0].loops(0, t));
        thoughts_.kept.push_back(halting_[0].prediction(0, t));
      }
    }
    return thoughts_.halted.empty() || view.loop < beyond_;
  }

 private:
  // The asked places have stopped; what was not asked stops as it likes.
  bool stopped(int64_t outputs) const {
    for (int64_t t = outputs - places_; t < outputs; ++t) {
      if (halting_[0].loops(0, t) == 0) return false;
    }
    return true;
  }
  void keep_logits(const Tensor& logits) {
    const int64_t C = logits.size(-1), last = logits.size(1) - 1;
    visit_real(logits.dtype(), "generation", [&]<class T>() {
      const T* row = logits.as<T>() + last * C;
      thoughts_.logits.assign(row, row + C);
    });
  }

  HaltRule rule_;
  int64_t places_, beyond_;
  Thoughts& thoughts_;
  std::vector<Halting> halting_;  // one, once the number of outputs is known
};

}  // namespace

Prompt::Prompt(const Task& task, std::string_view question)
    : buffer_(1, std::max<int64_t>(task.shape().eval_length, 1)), batch_(buffer_.batch(1)) {
  task.prompt(question, batch_);
  has_answer_ = batch_.answer_begin < batch_.T;
  all_at_once_ = batch_.T - batch_.answer_begin > 1;
}

ModelInput Prompt::input(const Model& model) const {
  ModelInput input = input_of(batch_);
  if (!has_answer_) input.answer_begin = model.loops() ? batch_.T : batch_.T - 1;
  return input;
}

Thoughts think(Model& model, Tape& tape, const Prompt& prompt, const HaltRule& rule, int beyond) {
  HaltRule limited = rule;
  limited.max_loops = model.loops() ? std::max(1, rule.max_loops) : 1;
  if (!model.loops()) limited.signal = HaltSignal::kKl;  // one pass: there is nothing to compare
  const int most = model.loops() ? std::max(limited.max_loops, beyond) : 1;
  Thoughts thoughts;
  Watch watch(limited, prompt.places(), most == 1 ? 1 : beyond, thoughts);
  tape.reset();
  model.predict(tape, prompt.input(model), most, watch);
  tape.reset();
  return thoughts;
}

}  // namespace ascender
