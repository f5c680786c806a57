#include "ascender/spec/constant.h"

#include <cmath>
#include <fmt/core.h>

namespace ascender::spec {
namespace {

struct Describe {
  std::string operator()(bool x) const { return x ? "true" : "false"; }
  std::string operator()(const Quantity& q) const {
    const std::string number = q.whole ? std::to_string(*q.whole) : fmt::format("{}", q.value);
    if (q.dimension.none()) return fmt::format("the number {}", number);
    return fmt::format("the number {} {}", number, name_of(q.dimension));
  }
  std::string operator()(const std::string& x) const { return fmt::format("the string \"{}\"", x); }
  std::string operator()(const Symbol& x) const { return fmt::format("the name `{}`", x.text); }
  std::string operator()(const List&) const { return "a set"; }
  std::string operator()(const Between& x) const { return x.stepped ? "a range" : "an interval"; }
};

bool is_score(const Dimension& d) { return d == Dimension::of(Base::kScore); }

std::optional<int64_t> whole_result(Op op, int64_t a, int64_t b) {
  int64_t out = 0;
  switch (op) {
    case Op::kAdd:
      return __builtin_add_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Op::kSubtract:
      return __builtin_sub_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Op::kMultiply:
      return __builtin_mul_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Op::kDivide:
      return b == -1 || a % b != 0 ? std::nullopt : std::optional(a / b);
    default:
      break;
  }
  if (b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

double real_result(Op op, double a, double b) {
  switch (op) {
    case Op::kAdd:
      return a + b;
    case Op::kSubtract:
      return a - b;
    case Op::kMultiply:
      return a * b;
    case Op::kDivide:
      return a / b;
    default:
      return a - b * std::floor(a / b);
  }
}

template <class T>
bool ordered(Op op, const T& a, const T& b) {
  switch (op) {
    case Op::kEqual:
      return a == b;
    case Op::kNotEqual:
      return a != b;
    case Op::kLess:
      return a < b;
    case Op::kLessEqual:
      return a <= b;
    case Op::kGreater:
      return a > b;
    default:
      return a >= b;
  }
}

std::optional<bool> as_bool(const Constant& c) {
  if (const auto* x = std::get_if<bool>(&c.held)) return *x;
  const auto* symbol = std::get_if<Symbol>(&c.held);
  if (symbol != nullptr && (symbol->text == "on" || symbol->text == "off")) return symbol->text == "on";
  return std::nullopt;
}

std::optional<std::string> as_text(const Constant& c) {
  if (const auto* x = std::get_if<std::string>(&c.held)) return *x;
  if (const auto* x = std::get_if<Symbol>(&c.held)) return x->text;
  return std::nullopt;
}

bool is_equality(Op op) { return op == Op::kEqual || op == Op::kNotEqual; }

// Bytes, steps and times go beyond what a double holds exactly only as whole numbers.
bool compare_numbers(Op op, const Quantity& a, const Quantity& b) {
  return a.whole && b.whole ? ordered(op, *a.whole, *b.whole) : ordered(op, a.value, b.value);
}

}  // namespace

Constant make_whole(int64_t value, const Dimension& dimension) {
  return {Quantity{static_cast<double>(value), value, dimension}};
}

Constant make_real(double value, const Dimension& dimension) {
  return {Quantity{value, std::nullopt, dimension}};
}

Quantity quantity_of(const Number& number) {
  const UnitInfo& unit = number.unit;
  Quantity q{number.in_base, std::nullopt, unit.dimension};
  const bool whole_unit = unit.decimals == 0 && unit.multiply == std::floor(unit.multiply);
  if (number.whole && whole_unit) {
    q.whole = whole_result(Op::kMultiply, *number.whole, static_cast<int64_t>(unit.multiply));
  }
  return q;
}

std::string describe(const Constant& constant) { return std::visit(Describe{}, constant.held); }

bool go_together(const Dimension& a, const Dimension& b) {
  if (a == b) return true;
  return (a.none() && !is_score(b)) || (b.none() && !is_score(a));
}

void report_mismatch(Report& report, const Dimension& a, const Span& at_a, const Dimension& b,
                     const Span& at_b) {
  const bool score = (is_score(a) && b.none()) || (is_score(b) && a.none());
  report.error(
      "E0402", fmt::format("{} and {} do not go together", name_of(a), name_of(b)), at_b,
      score ? "a standard score is compared with zscore(...), as in `zscore(x, window = 200) > 2.5 z`" : "",
      {{at_a, fmt::format("this is in {}", name_of(a))}});
}

std::optional<Constant> arithmetic(Op op, const Constant& a, const Span& at_a, const Constant& b,
                                   const Span& at_b, Report& report) {
  const auto* x = std::get_if<Quantity>(&a.held);
  const auto* y = std::get_if<Quantity>(&b.held);
  if (x == nullptr || y == nullptr) {
    report.error("E0406",
                 fmt::format("`{}` takes numbers, not {}", name_of(op), describe(x == nullptr ? a : b)),
                 x == nullptr ? at_a : at_b);
    return std::nullopt;
  }
  std::optional<Dimension> dimension;
  if (op == Op::kMultiply || op == Op::kDivide) {
    dimension = multiply(x->dimension, y->dimension, op == Op::kMultiply ? 1 : -1);
  } else if (go_together(x->dimension, y->dimension)) {
    dimension = x->dimension.none() ? y->dimension : x->dimension;
  }
  if (!dimension) {
    report_mismatch(report, x->dimension, at_a, y->dimension, at_b);
    return std::nullopt;
  }
  const bool divides = op == Op::kDivide || op == Op::kModulo;
  const double value = divides && y->value == 0 ? NAN : real_result(op, x->value, y->value);
  if (!std::isfinite(value)) {
    report.error("E0511", divides && y->value == 0 ? "division by zero" : "the result is out of range", at_b);
    return std::nullopt;
  }
  const auto whole = x->whole && y->whole ? whole_result(op, *x->whole, *y->whole) : std::nullopt;
  return Constant{Quantity{whole ? static_cast<double>(*whole) : value, whole, *dimension}};
}

std::optional<bool> compare(Op op, const Constant& a, const Span& at_a, const Constant& b, const Span& at_b,
                            Report& report) {
  const auto* x = std::get_if<Quantity>(&a.held);
  const auto* y = std::get_if<Quantity>(&b.held);
  if (x != nullptr && y != nullptr) {
    if (go_together(x->dimension, y->dimension)) return compare_numbers(op, *x, *y);
    report_mismatch(report, x->dimension, at_a, y->dimension, at_b);
    return std::nullopt;
  }
  if (is_equality(op)) {
    const bool boolean = std::holds_alternative<bool>(a.held) || std::holds_alternative<bool>(b.held);
    if (boolean && as_bool(a) && as_bool(b)) return ordered(op, *as_bool(a), *as_bool(b));
    if (as_text(a) && as_text(b)) return ordered(op, *as_text(a), *as_text(b));
  }
  report.error("E0404",
               fmt::format("{} cannot be compared with {} by `{}`", describe(b), describe(a), name_of(op)),
               at_b, "", {{at_a, fmt::format("this is {}", describe(a))}});
  return std::nullopt;
}

}  // namespace ascender::spec
