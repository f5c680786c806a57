#include "ascender/train/generation/show_addition.h"

#include <algorithm>
#include <fmt/core.h>
#include <string>

#include "ascender/data/addition/addition_task.h"
#include "ascender/train/generation/answer.h"

namespace ascender {
namespace {

constexpr const char* kRed = "\x1b[1;31m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kPlain = "\x1b[0m";

const char* name_of(HaltSignal signal) {
  return signal == HaltSignal::kKl ? "KL" : signal == HaltSignal::kLatent ? "latent difference" : "gate";
}

// Digits by place, least significant first; places beyond the number are 0.
std::vector<int32_t> digits_of(const std::string& number, size_t places) {
  std::vector<int32_t> digits(places, 0);
  for (size_t i = 0; i < std::min(places, number.size()); ++i)
    digits[i] = number[number.size() - 1 - i] - '0';
  return digits;
}

class Show {
 public:
  Show(const Task& task, std::string_view question, const HaltRule& rule, std::FILE* out, bool color)
      : rule_(rule), out_(out), color_(color) {
    const auto sum = task.solve(question);
    ASC_CHECK(sum.has_value(), "the task knows no answer to {}", question);
    sum_ = *sum;
    fmt::print(out_, "{} = ?\n", question);
  }

  void all_at_once(const Thoughts& t) const {
    const std::vector<int32_t> right = digits_of(sum_, t.kept.size());
    const int width = static_cast<int>(right.size());
    fmt::print(out_, "{:<11}{:<{}}   {:<{}}   wrong\n", "loop", "model", width, "sum", width);
    const int halted = *std::ranges::max_element(t.halted);
    for (int first = 1; first <= t.loops();) {
      int last = first;
      while (last < t.loops() && last != halted && said(t, last + 1) == said(t, first)) ++last;
      loop_line(first, last, said(t, first), right);
      if (last == halted) halt_line(t, right);
      first = last + 1;
    }
  }

  // One digit of an answer that grows.
  void digit(int place, const Thoughts& t) const {
    const int32_t right = digits_of(sum_, static_cast<size_t>(place) + 1).back();
    std::string line;
    for (const auto& loop : t.digits) line += marked(loop[0], loop[0] == right);
    fmt::print(out_, "10^{:<3}  {}  -> {}   true {}{}   loops {}\n", place, line, digit_text(t.kept[0]),
               right, t.kept[0] == right ? " " : " x", t.halted[0]);
  }

  void verdict(const std::string& answer) const {
    const bool right = answer == sum_;
    const auto paint = [&](const char* escape) { return color_ ? escape : ""; };
    fmt::print(out_, "answer     {}   {}{}{}\n", answer, paint(right ? kGreen : kRed),
               right ? "right" : "wrong, the sum is " + sum_, paint(kPlain));
  }

 private:
  static const std::vector<int32_t>& said(const Thoughts& t, int loop) {
    return t.digits[static_cast<size_t>(loop - 1)];
  }

  std::string marked(int32_t digit, bool right) const {
    const char text = digit_text(digit);
    return right || !color_ ? std::string(1, text) : fmt::format("{}{}{}", kRed, text, kPlain);
  }

  void loop_line(int first, int last, const std::vector<int32_t>& digits,
                 const std::vector<int32_t>& right) const {
    std::string model, sum, marks;
    int wrong = 0;
    for (size_t i = right.size(); i-- > 0;) {
      model += marked(digits[i], digits[i] == right[i]);
      sum += static_cast<char>('0' + right[i]);
      marks += digits[i] == right[i] ? '.' : 'x';
      wrong += digits[i] != right[i];
    }
    const std::string loops =
        first == last ? fmt::format("{:>2}", first) : fmt::format("{:>2}-{}", first, last);
    fmt::print(out_, "loop {:<6}{}   {}   {}  {}\n", loops, model, sum, marks, wrong);
  }

  void halt_line(const Thoughts& t, const std::vector<int32_t>& right) const {
    if (rule_.threshold <= 0 || t.loops() == 1) return;
    const int halted = *std::ranges::max_element(t.halted);
    if (halted >= rule_.max_loops) {
      fmt::print(out_, "           stopped by the limit of {} loops\n", rule_.max_loops);
      return;
    }
    fmt::print(out_, "           {} < {:g}: would stop here{}\n", name_of(rule_.signal), rule_.threshold,
               t.kept == right ? "" : ", wrong");
  }

  HaltRule rule_;
  std::FILE* out_;
  bool color_;
  std::string sum_;
};

}  // namespace

void show_addition(Model& model, const Task& task, Tape& tape, std::string_view question, int max_loops,
                   const HaltRule& rule, std::FILE* out, bool color) {
  Prompt prompt(task, question);
  const Show show(task, question, rule, out, color);
  HaltRule limited = rule;
  limited.max_loops = std::min(rule.max_loops, std::max(1, max_loops));
  if (prompt.all_at_once()) {
    const Thoughts thoughts = think(model, tape, prompt, limited, max_loops);
    show.all_at_once(thoughts);
    show.verdict(task.answer(thoughts.kept));
    return;
  }
  std::vector<int32_t> answer;
  do {
    const Thoughts thoughts = think(model, tape, prompt, limited, max_loops);
    show.digit(static_cast<int>(answer.size()), thoughts);
    answer.push_back(thoughts.kept[0]);
  } while (prompt.extend(task, answer.back()) != Extension::kComplete);
  show.verdict(task.answer(answer));
}

}  // namespace ascender
