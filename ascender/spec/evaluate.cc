#include "ascender/spec/evaluate.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>

namespace ascender::spec {
namespace {

using State = Outcome::State;

constexpr int kMaxDepth = 2 * kMaxHeight;

bool truth_of(const Constant& c) {
  if (const auto* x = std::get_if<bool>(&c.held)) return *x;
  return std::get<Symbol>(c.held).text == "on";
}

bool is_truth(const Constant& c) {
  if (std::holds_alternative<bool>(c.held)) return true;
  const auto* symbol = std::get_if<Symbol>(&c.held);
  return symbol != nullptr && (symbol->text == "on" || symbol->text == "off");
}

// A single word that names a value of the field, whatever settings end in it.
bool is_word_of(const Field* field, const std::string& word) {
  if (field == nullptr) return false;
  if (field->type == ValueType::kStringList) return true;
  if (field->type == ValueType::kBool) return word == "on" || word == "off";
  return std::ranges::find(field->choices, word) != field->choices.end();
}

const Reference* as_word(const Expr& expr) {
  const auto* reference = std::get_if<Reference>(&expr.node);
  return reference != nullptr && reference->path.parts.size() == 1 ? reference : nullptr;
}

}  // namespace

Outcome Evaluator::evaluate(const Expr& expr, const Field* expected) {
  if (depth_ >= kMaxDepth) {
    report_.error("E0508", "too many values depend on each other in a row", expr.span);
    return Outcome::fault();
  }
  ++depth_;
  Outcome outcome = dispatch(expr, expected);
  --depth_;
  return outcome;
}

Outcome Evaluator::dispatch(const Expr& expr, const Field* expected) {
  if (const auto* n = std::get_if<Number>(&expr.node)) return Outcome::known_as({quantity_of(*n)});
  if (const auto* t = std::get_if<Text>(&expr.node)) return Outcome::known_as({t->value});
  if (const auto* r = std::get_if<Reference>(&expr.node)) return reference(*r, expected);
  if (const auto* c = std::get_if<Call>(&expr.node)) return call(*c, expr);
  if (const auto* u = std::get_if<Unary>(&expr.node)) return unary(*u);
  if (const auto* b = std::get_if<Binary>(&expr.node)) return binary(*b);
  if (const auto* s = std::get_if<Set>(&expr.node)) return list(s->items, expected);
  if (const auto* i = std::get_if<Interval>(&expr.node)) return between(*i->low, *i->high, false);
  report_.error("E0512", "this is known only once a run has measured it", expr.span);
  return Outcome::fault();
}

Outcome Evaluator::truth(const Expr& expr) {
  Outcome out = operand(expr);
  if (!out.known() || is_truth(out.value)) return out;
  report_.error("E0404", fmt::format("a condition must be true or false, not {}", describe(out.value)),
                expr.span);
  return Outcome::fault();
}

Outcome Evaluator::operand(const Expr& expr) {
  Outcome out = evaluate(expr);
  const Reference* word = as_word(expr);
  const bool loose = out.known() && out.field == nullptr && std::holds_alternative<Symbol>(out.value.held);
  if (word != nullptr && loose && !is_truth(out.value)) return unknown_name(*word);
  return out;
}

Outcome Evaluator::unknown_name(const Reference& reference) {
  if (!lenient_ || reference.path.parts.size() > 1) {
    report_.error("E0301", fmt::format("unknown name `{}`", reference.path.text()), reference.path.span,
                  scope_.suggest(reference.path));
  }
  return Outcome::fault();
}

Outcome Evaluator::reference(const Reference& reference, const Field* expected) {
  const std::string text = reference.path.text();
  const bool single = reference.path.parts.size() == 1;
  if (single && is_word_of(expected, text)) return Outcome::known_as({Symbol{text}}, expected);
  if (text == "true" || text == "false") return Outcome::known_as({text == "true"});
  Outcome out = scope_.read(reference.path);
  if (out.state != State::kNoName) return out;
  return single ? Outcome::known_as({Symbol{text}}) : unknown_name(reference);
}

Outcome Evaluator::call(const Call& call, const Expr& expr) {
  const std::string name = call.callee.text();
  if (name == "choice") {
    std::vector<Constant> items;
    for (const Argument& a : call.arguments) {
      Outcome item = evaluate(*a.value);
      if (!item.known()) return item;
      items.push_back(std::move(item.value));
    }
    return Outcome::known_as({List{std::move(items)}});
  }
  if (!contains(functions(Role::kValue), name)) {
    report_.error("E0303", fmt::format("unknown function `{}`", name), call.callee.span,
                  did_you_mean(name, functions(Role::kValue)));
    return Outcome::fault();
  }
  static const std::vector<std::string> kComputed = {"min",  "max",  "abs", "floor",
                                                     "ceil", "sqrt", "log", "exp"};
  if (!contains(kComputed, name)) return Outcome::unknown();
  std::vector<Constant> arguments;
  for (const Argument& a : call.arguments) {
    Outcome out = operand(*a.value);
    if (!out.known()) return out;
    if (!std::holds_alternative<Quantity>(out.value.held)) {
      report_.error("E0406", fmt::format("`{}` takes numbers, not {}", name, describe(out.value)),
                    a.value->span);
      return Outcome::fault();
    }
    arguments.push_back(std::move(out.value));
  }
  const bool any_number = name == "min" || name == "max";
  if (arguments.empty() || (!any_number && arguments.size() != 1)) {
    report_.error("E0406",
                  fmt::format("`{}` takes {}", name, any_number ? "at least one number" : "one number"),
                  expr.span);
    return Outcome::fault();
  }
  return function(call, arguments);
}

Outcome Evaluator::function(const Call& call, const std::vector<Constant>& arguments) {
  const std::string name = call.callee.text();
  Constant best = arguments[0];
  if (name == "min" || name == "max") {
    for (size_t i = 1; i < arguments.size(); ++i) {
      const auto better =
          compare(name == "min" ? Op::kLess : Op::kGreater, arguments[i], call.arguments[i].value->span, best,
                  call.arguments[0].value->span, report_);
      if (!better) return Outcome::fault();
      if (*better) best = arguments[i];
    }
    return Outcome::known_as(std::move(best));
  }
  const Quantity& q = std::get<Quantity>(best.held);
  const bool keeps = name == "abs" || name == "floor" || name == "ceil";
  const double x = q.value;
  const double y = name == "abs"     ? std::abs(x)
                   : name == "floor" ? std::floor(x)
                   : name == "ceil"  ? std::ceil(x)
                   : name == "sqrt"  ? std::sqrt(x)
                   : name == "log"   ? std::log(x)
                                     : std::exp(x);
  if (!std::isfinite(y)) {
    report_.error("E0511", fmt::format("`{}` of {} is not a number", name, x), call.arguments[0].value->span);
    return Outcome::fault();
  }
  const Dimension dimension = keeps ? q.dimension : Dimension{};
  const bool whole = keeps && y == std::floor(y) && std::abs(y) <= 0x1p53;
  return Outcome::known_as(whole ? make_whole(static_cast<int64_t>(y), dimension) : make_real(y, dimension));
}

Outcome Evaluator::unary(const Unary& unary) {
  if (unary.op == Op::kNot) {
    const Outcome out = truth(*unary.operand);
    return out.known() ? Outcome::known_as({!truth_of(out.value)}) : out;
  }
  const Outcome out = operand(*unary.operand);
  if (!out.known()) return out;
  const auto* q = std::get_if<Quantity>(&out.value.held);
  const Constant zero = make_whole(0, q != nullptr ? q->dimension : Dimension{});
  const Span& at = unary.operand->span;
  auto negated = arithmetic(Op::kSubtract, zero, at, out.value, at, report_);
  return negated ? Outcome::known_as(std::move(*negated)) : Outcome::fault();
}

Outcome Evaluator::binary(const Binary& binary) {
  if (binary.op == Op::kAnd || binary.op == Op::kOr) return logical(binary);
  if (binary.op == Op::kIn) return membership(binary);
  if (is_comparison(binary.op)) return comparison(binary);
  if (binary.op == Op::kTo) return between(*binary.left, *binary.right, true);
  if (binary.op == Op::kArrow) return Outcome::unknown();
  const Outcome a = operand(*binary.left);
  const Outcome b = operand(*binary.right);
  if (!a.known()) return a;
  if (!b.known()) return b;
  auto out = arithmetic(binary.op, a.value, binary.left->span, b.value, binary.right->span, report_);
  return out ? Outcome::known_as(std::move(*out)) : Outcome::fault();
}

// The right side is read only when the left one does not decide, so that `a == on and a.x > 1` is sound.
Outcome Evaluator::logical(const Binary& binary) {
  Outcome left = truth(*binary.left);
  if (left.state == State::kFault) return left;
  const bool decides = binary.op == Op::kOr;
  if (left.known() && truth_of(left.value) == decides) return Outcome::known_as({decides});
  Outcome right = truth(*binary.right);
  if (right.known() && truth_of(right.value) == decides) return Outcome::known_as({decides});
  if (!right.known()) return right;
  return left.known() ? Outcome::known_as({!decides}) : left;
}

Outcome Evaluator::comparison(const Binary& binary) {
  Outcome a = evaluate(*binary.left);
  const Outcome b = evaluate(*binary.right, a.field);
  if (b.field != nullptr && as_word(*binary.left) != nullptr) a = evaluate(*binary.left, b.field);
  if (!a.known()) return a;
  if (!b.known()) return b;
  const Field* field = a.field != nullptr ? a.field : b.field;
  const Expr* sides[] = {binary.left.get(), binary.right.get()};
  const Outcome* values[] = {&a, &b};
  for (size_t i = 0; i < 2; ++i) {
    const Reference* word = as_word(*sides[i]);
    if (word == nullptr || values[i]->field != nullptr || is_truth(values[i]->value)) continue;
    const auto* symbol = std::get_if<Symbol>(&values[i]->value.held);
    if (symbol == nullptr) continue;
    if (field == nullptr || field->choices.empty()) return unknown_name(*word);
    report_.error("E0501", fmt::format("`{}` is never `{}`", field->path, symbol->text), sides[i]->span,
                  did_you_mean(symbol->text, field->choices));
    return Outcome::fault();
  }
  const auto out = compare(binary.op, a.value, binary.left->span, b.value, binary.right->span, report_);
  return out ? Outcome::known_as({*out}) : Outcome::fault();
}

Outcome Evaluator::membership(const Binary& binary) {
  const Outcome a = operand(*binary.left);
  const Outcome b = evaluate(*binary.right, a.field);
  if (!a.known()) return a;
  if (!b.known()) return b;
  const Span& at_a = binary.left->span;
  const Span& at_b = binary.right->span;
  if (const auto* list = std::get_if<List>(&b.value.held)) {
    bool found = false;
    for (const Constant& item : list->items) {
      const auto same = compare(Op::kEqual, a.value, at_a, item, at_b, report_);
      if (!same) return Outcome::fault();
      found = found || *same;
    }
    return Outcome::known_as({found});
  }
  const auto* range = std::get_if<Between>(&b.value.held);
  if (range == nullptr) {
    report_.error("E0404", fmt::format("`in` takes a set, a range or an interval, not {}", describe(b.value)),
                  at_b);
    return Outcome::fault();
  }
  const auto low = compare(Op::kGreaterEqual, a.value, at_a, {range->low}, at_b, report_);
  const auto high = compare(Op::kLessEqual, a.value, at_a, {range->high}, at_b, report_);
  return low && high ? Outcome::known_as({*low && *high}) : Outcome::fault();
}

Outcome Evaluator::list(const std::vector<ExprPtr>& items, const Field* expected) {
  List list;
  for (const ExprPtr& item : items) {
    Outcome out = evaluate(*item, expected);
    if (!out.known()) return out;
    list.items.push_back(std::move(out.value));
  }
  return Outcome::known_as({std::move(list)});
}

Outcome Evaluator::between(const Expr& low, const Expr& high, bool stepped) {
  const Outcome a = operand(low);
  const Outcome b = operand(high);
  if (!a.known()) return a;
  if (!b.known()) return b;
  const auto* x = std::get_if<Quantity>(&a.value.held);
  const auto* y = std::get_if<Quantity>(&b.value.held);
  if (x == nullptr || y == nullptr) {
    const bool first = x == nullptr;
    report_.error("E0406", fmt::format("a range takes numbers, not {}", describe(first ? a.value : b.value)),
                  first ? low.span : high.span);
    return Outcome::fault();
  }
  if (!go_together(x->dimension, y->dimension)) {
    report_mismatch(report_, x->dimension, low.span, y->dimension, high.span);
    return Outcome::fault();
  }
  Between out{*x, *y, stepped};
  if (x->dimension.none()) out.low.dimension = y->dimension;
  if (y->dimension.none()) out.high.dimension = x->dimension;
  return Outcome::known_as({out});
}

}  // namespace ascender::spec
