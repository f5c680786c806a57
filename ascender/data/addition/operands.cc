#include "ascender/data/addition/operands.h"

#include <algorithm>
#include <fmt/core.h>
#include <memory>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

constexpr const char* kExample = "write two numbers with a plus between them, such as 123456+654321";

class QuestionParser {
 public:
  explicit QuestionParser(std::string_view question)
      : source_(std::make_shared<const Source>(Source{"<question>", std::string(question)})),
        text_(source_->text) {}

  Operands parse() {
    const std::string_view a = number("before the plus");
    if (at_ == text_.size()) fail("E0711", "`+` is missing", at_, at_, kExample);
    if (text_[at_] != '+') bad_character();
    ++at_;
    const std::string_view b = number("after the plus");
    if (at_ != text_.size()) bad_character();
    Operands pair;
    pair.n = static_cast<int>(std::max(a.size(), b.size()));
    for (size_t i = 0; i < a.size(); ++i) pair.a[i] = static_cast<int8_t>(a[a.size() - 1 - i] - '0');
    for (size_t i = 0; i < b.size(); ++i) pair.b[i] = static_cast<int8_t>(b[b.size() - 1 - i] - '0');
    return pair;
  }

 private:
  std::string_view number(const char* where) {
    skip_spaces();
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    const size_t end = at_;
    skip_spaces();
    if (begin == end && at_ < text_.size() && text_[at_] != '+') bad_character();
    if (begin == end) fail("E0712", fmt::format("the number {} is missing", where), begin, end, kExample);
    if (end - begin > kMaxDigits) {
      fail("E0713", fmt::format("{} digits: an operand has at most {}", end - begin, kMaxDigits), begin, end,
           "");
    }
    return text_.substr(begin, end - begin);
  }

  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  [[noreturn]] void bad_character() const {
    size_t end = at_ + 1;
    while (end < text_.size() && (text_[end] & 0xC0) == 0x80) ++end;
    fail("E0714", fmt::format("`{}` is not a digit or `+`", text_.substr(at_, end - at_)), at_, end,
         kExample);
  }

  [[noreturn]] void fail(const char* code, std::string message, size_t begin, size_t end,
                         const char* help) const {
    throw InputError(Diagnostic{.code = code,
                                .severity = Severity::kError,
                                .message = std::move(message),
                                .span = {source_, begin, end},
                                .labels = {},
                                .help = help});
  }

  std::shared_ptr<const Source> source_;
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Carry carry_at(const Operands& pair, int position) {
  const auto i = static_cast<size_t>(position);
  const int sum = pair.a[i] + pair.b[i];
  return sum >= 10 ? Carry::kGenerate : sum == 9 ? Carry::kPropagate : Carry::kKill;
}

std::array<int8_t, kMaxDigits + 1> add(const Operands& pair) {
  std::array<int8_t, kMaxDigits + 1> sum{};
  int carry = 0;
  for (size_t i = 0; i < static_cast<size_t>(pair.n); ++i) {
    const int s = pair.a[i] + pair.b[i] + carry;
    sum[i] = static_cast<int8_t>(s % 10);
    carry = s / 10;
  }
  sum[static_cast<size_t>(pair.n)] = static_cast<int8_t>(carry);
  return sum;
}

int longest_chain(const Operands& pair) {
  int longest = 0;
  int chain = 0;
  for (int i = 0; i < pair.n; ++i) {
    switch (carry_at(pair, i)) {
      case Carry::kGenerate:
        chain = 1;
        break;
      case Carry::kPropagate:
        chain = chain > 0 ? chain + 1 : 0;
        break;
      case Carry::kKill:
        chain = 0;
        break;
    }
    longest = std::max(longest, chain);
  }
  return longest;
}

int dependency(const Operands& pair) {
  int longest = 0;
  int run = 0;
  for (int i = 0; i < pair.n; ++i) {
    run = carry_at(pair, i) == Carry::kPropagate ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest + 1;
}

Operands parse_operands(std::string_view question) { return QuestionParser(question).parse(); }

std::string decimal(const int8_t* digits, int count) {
  while (count > 1 && digits[count - 1] == 0) --count;
  std::string text;
  for (int i = count - 1; i >= 0; --i) text += static_cast<char>('0' + digits[i]);
  return text;
}

}  // namespace ascender
