#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/core.h>

#include "ascender/spec/parser.h"

namespace ascender::spec {
namespace {

// Binding powers, loosest first; an operator takes as its right side what binds tighter.
enum Power {
  kOrPower = 1,
  kAndPower,
  kNotPower,
  kComparePower,
  kArrowPower,
  kToPower,
  kAddPower,
  kTimesPower,
  kNegatePower
};

struct Infix {
  std::string_view text;
  Op op;
  int power;
};
constexpr Infix kInfix[] = {
    {"or", Op::kOr, kOrPower},          {"and", Op::kAnd, kAndPower},
    {"==", Op::kEqual, kComparePower},  {"!=", Op::kNotEqual, kComparePower},
    {"<", Op::kLess, kComparePower},    {"<=", Op::kLessEqual, kComparePower},
    {">", Op::kGreater, kComparePower}, {">=", Op::kGreaterEqual, kComparePower},
    {"in", Op::kIn, kComparePower},     {"->", Op::kArrow, kArrowPower},
    {"..", Op::kTo, kToPower},          {"+", Op::kAdd, kAddPower},
    {"-", Op::kSubtract, kAddPower},    {"*", Op::kMultiply, kTimesPower},
    {"/", Op::kDivide, kTimesPower},    {"mod", Op::kModulo, kTimesPower},
};

const Infix* infix(const Token& token) {
  if (token.kind != TokenKind::kMark && token.kind != TokenKind::kWord) return nullptr;
  const auto* found = std::ranges::find(kInfix, token.text, &Infix::text);
  return found == std::end(kInfix) ? nullptr : found;
}

int height_of(const std::vector<ExprPtr>& items) {
  int height = 0;
  for (const ExprPtr& item : items) height = std::max(height, item->height);
  return height;
}

std::string without_underscores(std::string_view text) {
  std::string digits(text);
  std::erase(digits, '_');
  return digits;
}

// digits * 10^decimals, rounded once.
double shifted(const std::string& digits, int decimals) {
  const size_t e = digits.find_first_of("eE");
  int exponent = 0;
  if (e != std::string::npos) {
    const size_t sign = digits[e + 1] == '+' ? 2 : 1;
    std::from_chars(digits.data() + e + sign, digits.data() + digits.size(), exponent);
  }
  const std::string text = fmt::format("{}e{}", digits.substr(0, e), exponent + decimals);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

class Parser::Nesting {
 public:
  explicit Nesting(Parser& parser) : parser_(parser) {
    constexpr int kMaxNesting = 100;
    if (parser.nesting_ >= kMaxNesting) {
      parser.fail("E0208", fmt::format("the expression is nested more than {} deep", kMaxNesting),
                  parser.span_of(parser.peek()));
    }
    ++parser_.nesting_;
  }
  ~Nesting() { --parser_.nesting_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  Parser& parser_;
};

ExprPtr Parser::make(decltype(Expr::node) node, size_t begin, int child_height) {
  const Span span = span_from(begin);
  if (child_height >= kMaxHeight) {
    fail("E0208", fmt::format("the expression has more than {} operations in a row", kMaxHeight), span,
         "name a part of it with `derive`");
  }
  return std::make_unique<const Expr>(
      Expr{.span = span, .height = child_height + 1, .node = std::move(node)});
}

Path Parser::path(std::string_view what) {
  Path path;
  const size_t begin = peek().begin;
  path.parts.push_back(expect_name(what));
  while (accept(".")) path.parts.push_back(expect_name("a name after `.`"));
  path.span = span_from(begin);
  return path;
}

ExprPtr Parser::quantity() { return expression(kNegatePower); }

ExprPtr Parser::expression(int power) {
  const Nesting nesting(*this);
  const size_t begin = peek().begin;
  ExprPtr left = prefix();
  bool compared = false;
  for (const Infix* op = infix(peek()); op != nullptr && op->power >= power; op = infix(peek())) {
    if (op->power == kComparePower && compared) {
      fail("E0207", "comparisons do not chain", span_of(peek()), "join two comparisons with `and`");
    }
    compared = op->power == kComparePower;
    take();
    ExprPtr right = expression(op->power + 1);
    const int height = std::max(left->height, right->height);
    left = make(Binary{op->op, std::move(left), std::move(right)}, begin, height);
  }
  return left;
}

ExprPtr Parser::prefix() {
  const size_t begin = peek().begin;
  const bool negate = peek().is("-");
  if (!negate && !peek().is_word("not")) return primary();
  take();
  ExprPtr operand = expression(negate ? kNegatePower : kNotPower);
  const int height = operand->height;
  return make(Unary{negate ? Op::kNegate : Op::kNot, std::move(operand)}, begin, height);
}

ExprPtr Parser::primary() {
  const Token& token = peek();
  if (token.kind == TokenKind::kNumber) return number();
  if (token.kind == TokenKind::kString) {
    take();
    return make(Text{decode_string(token.text)}, token.begin);
  }
  if (token.kind == TokenKind::kWord && !contains(operator_words(), token.text)) return postfix(reference());
  if (token.is("(")) return postfix(parenthesised());
  if (token.is("[")) return interval();
  if (token.is("{")) return set();
  fail_expected("a value");
}

ExprPtr Parser::number() {
  const Token& token = take();
  const std::string digits = without_underscores(token.text);
  const char* end = digits.data() + digits.size();
  Number n;
  bool fits = std::from_chars(digits.data(), end, n.value).ec == std::errc() && std::isfinite(n.value);
  if (digits.find_first_of(".eE") == std::string::npos) {
    int64_t whole = 0;
    fits = std::from_chars(digits.data(), end, whole).ec == std::errc() && fits;
    n.whole = whole;
  }
  if (!fits) fail("E0105", fmt::format("the number {} is out of range", token.text), span_of(token));
  if (tokens_[at_].kind == TokenKind::kUnit) unit(n);
  n.in_base = n.unit.decimals == 0 ? n.value * n.unit.multiply : shifted(digits, n.unit.decimals);
  return make(std::move(n), token.begin);
}

// A word after a number is its unit, unless it begins a name, or is a misspelt clause word (`> 1 bye
// t_ci(...)`).
void Parser::unit(Number& n) {
  Token& token = tokens_[at_];
  if (const auto info = find_unit(token.text)) {
    n.unit = *info;
    n.unit_text = std::string(take().text);
    return;
  }
  const std::string help = did_you_mean(token.text, unit_names());
  const Token& next = ahead(1);
  const bool is_name = next.is(".") || next.is("(") || next.is("=");
  const bool apart = token.begin > tokens_[at_ - 1].end;
  if (apart && (is_name || (help.empty() && !did_you_mean(token.text, clause_words()).empty()))) {
    token.kind = TokenKind::kWord;
    return;
  }
  report_.error("E0401", fmt::format("unknown unit `{}`", token.text), span_of(token), help);
  take();
}

ExprPtr Parser::reference() {
  const size_t begin = peek().begin;
  Path name = path("a name");
  if (peek().is("(")) return call(std::move(name), begin);
  return make(Reference{std::move(name)}, begin);
}

ExprPtr Parser::postfix(ExprPtr base) {
  const size_t begin = base->span.begin;
  for (;;) {
    const int height = base->height;
    if (peek().is("[")) {
      open("[");
      ExprPtr condition = expression();
      close("]");
      const int tallest = std::max(height, condition->height);
      base = make(Filter{std::move(base), std::move(condition)}, begin, tallest);
    } else if (accept(".")) {
      Name name = expect_name("a name after `.`");
      base = make(Member{std::move(base), std::move(name)}, begin, height);
    } else if (peek().is("(")) {
      fail("E0205", "only a name can be called", base->span);
    } else {
      return base;
    }
  }
}

ExprPtr Parser::call(Path callee, size_t begin) {
  Call call{std::move(callee), {}};
  open("(");
  int height = 0;
  if (!peek().is(")")) {
    do {
      call.arguments.push_back(argument());
      height = std::max(height, call.arguments.back().value->height);
    } while (list_goes_on(")"));
  }
  close(")");
  return make(std::move(call), begin, height);
}

Argument Parser::argument() {
  const Token& token = peek();
  if (token.kind != TokenKind::kWord || !ahead(1).is("=")) return {std::nullopt, expression()};
  Name name = expect_name("a name");
  expect("=");
  return {std::move(name), expression()};
}

std::vector<ExprPtr> Parser::items(std::string_view closer) {
  std::vector<ExprPtr> out;
  if (!peek().is(closer)) {
    do out.push_back(expression());
    while (list_goes_on(closer));
  }
  close(closer);
  return out;
}

ExprPtr Parser::parenthesised() {
  const size_t begin = open("(");
  if (peek().is(")")) fail_expected("a value");
  std::vector<ExprPtr> list = items(")");
  if (list.size() == 1) return std::move(list[0]);
  const int height = height_of(list);
  return make(Tuple{std::move(list)}, begin, height);
}

ExprPtr Parser::interval() {
  const size_t begin = open("[");
  ExprPtr low = expression();
  expect(",");
  ExprPtr high = expression();
  close("]");
  const int height = std::max(low->height, high->height);
  return make(Interval{std::move(low), std::move(high)}, begin, height);
}

ExprPtr Parser::set() {
  const size_t begin = open("{");
  std::vector<ExprPtr> list = items("}");
  const int height = height_of(list);
  return make(Set{std::move(list)}, begin, height);
}

}  // namespace ascender::spec
