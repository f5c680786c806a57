#include "ascender/spec/domain.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>

namespace ascender::spec {
namespace {

// How far a value may be from a multiple of a fractional step, in steps: rounding of decimals.
constexpr double kStepTolerance = 1e-9;

std::optional<double> number_in(const Value& value) {
  if (const auto* x = std::get_if<int64_t>(&value)) return static_cast<double>(*x);
  if (const auto* x = std::get_if<double>(&value)) return *x;
  return std::nullopt;
}

class Builder {
 public:
  Builder(const Expr& expr, const Field& field, Evaluator& evaluator, Report& report)
      : expr_(expr), field_(field), evaluator_(evaluator), report_(report) {}

  std::optional<DomainSet> build() {
    if (const auto* set = std::get_if<Set>(&expr_.node)) {
      for (const ExprPtr& item : set->items) add(*item);
      return choices();
    }
    if (const auto* i = std::get_if<Interval>(&expr_.node)) return interval(*i->low, *i->high, 0);
    if (const auto* to = std::get_if<Binary>(&expr_.node); to != nullptr && to->op == Op::kTo) {
      return interval(*to->left, *to->right, 1);
    }
    if (const auto* call = std::get_if<Call>(&expr_.node)) return from_call(*call);
    report_.error("E0503", "expected a domain", expr_.span,
                  "as in choice(1, 2), range(1, 8) or logrange(1e-4, 1e-2)");
    return std::nullopt;
  }

 private:
  std::optional<DomainSet> from_call(const Call& call) {
    const std::string name = call.callee.text();
    if (!contains(functions(Role::kDomain), name) || name == "generate") {
      report_.error("E0303", fmt::format("`{}` is not a domain", name), call.callee.span,
                    did_you_mean(name, functions(Role::kDomain)));
      return std::nullopt;
    }
    if (name == "choice") {
      for (const Argument& a : call.arguments) add(*a.value);
      return choices();
    }
    if (name == "permute") return DomainSet{};
    if (name == "normal") return normal(call);
    std::vector<const Expr*> bounds;
    const Expr* step = nullptr;
    for (const Argument& a : call.arguments) {
      if (a.name && a.name->text == "step" && name == "range") {
        step = a.value.get();
      } else {
        bounds.push_back(a.value.get());
      }
    }
    if (bounds.size() != 2) {
      report_.error("E0503",
                    fmt::format("`{}` takes two bounds{}", name, name == "range" ? " and `step = s`" : ""),
                    expr_.span);
      return std::nullopt;
    }
    const double default_step = name == "range" && field_.type == ValueType::kInt ? 1 : 0;
    auto out = interval(*bounds[0], *bounds[1], default_step);
    if (out && step != nullptr) return stepped(*out, *step);
    if (out && name == "logrange" && out->low <= 0) {
      report_.error("E0503", "the bounds of `logrange` must be above 0", bounds[0]->span);
      return std::nullopt;
    }
    if (out) out->sampled = name != "range";
    return out;
  }

  void add(const Expr& item) {
    const auto value = convert(item);
    if (!value) {
      faulty_ = true;
    } else if (std::ranges::find(values_, *value) != values_.end()) {
      report_.error("E0503", fmt::format("{} stands twice in the domain", ascender::to_text(*value)),
                    item.span);
      faulty_ = true;
    } else if (values_.size() < kMostChoices) {
      values_.push_back(*value);
    }
  }

  std::optional<DomainSet> choices() {
    if (values_.empty() && !faulty_) report_.error("E0503", "the domain is empty", expr_.span);
    if (values_.empty() || faulty_) return std::nullopt;
    DomainSet out;
    out.choices = std::move(values_);
    return out;
  }

  std::optional<Value> convert(const Expr& item) {
    const Outcome out = evaluator_.evaluate(item, &field_);
    if (out.known()) return to_value(out.value, field_, item.span, report_);
    if (out.state == Outcome::State::kUnknown) {
      report_.error("E0512", "this is not known before a model is built", item.span);
    }
    return std::nullopt;
  }

  std::optional<DomainSet> normal(const Call& call) {
    bool numeric = call.arguments.size() == 2 && field_.type == ValueType::kFloat;
    for (const Argument& a : call.arguments) numeric = evaluator_.evaluate(*a.value).known() && numeric;
    if (numeric) return DomainSet{};
    report_.error("E0503", "`normal` takes a mean and a deviation, for a number", expr_.span);
    return std::nullopt;
  }

  std::optional<DomainSet> interval(const Expr& low, const Expr& high, double step) {
    const auto a = convert(low);
    const auto b = convert(high);
    if (!a || !b) return std::nullopt;
    const auto x = number_in(*a);
    const auto y = number_in(*b);
    if (!x || !y) {
      report_.error(
          "E0503", fmt::format("`{}` is a {}; an interval is for numbers", field_.path, name_of(field_.type)),
          expr_.span);
      return std::nullopt;
    }
    if (*x > *y) {
      report_.error("E0503", fmt::format("the interval is empty: {} is above {}", *x, *y), low.span);
      return std::nullopt;
    }
    DomainSet out;
    out.low = *x;
    out.high = *y;
    out.step = field_.type == ValueType::kInt ? 1 : step;
    return out;
  }

  std::optional<DomainSet> stepped(DomainSet domain, const Expr& step) {
    const Outcome out = evaluator_.evaluate(step);
    const auto* q = out.known() ? std::get_if<Quantity>(&out.value.held) : nullptr;
    if (!out.known()) return std::nullopt;
    const bool whole = q != nullptr && q->value == std::floor(q->value);
    if (q == nullptr || q->value <= 0 || (field_.type == ValueType::kInt && !whole)) {
      report_.error("E0503", "a step must be a number above 0, whole for a whole setting", step.span);
      return std::nullopt;
    }
    if (!go_together(q->dimension, dimension_of(field_.unit))) {
      report_mismatch(report_, dimension_of(field_.unit), expr_.span, q->dimension, step.span);
      return std::nullopt;
    }
    domain.step = q->value;
    return domain;
  }

  const Expr& expr_;
  const Field& field_;
  Evaluator& evaluator_;
  Report& report_;
  std::vector<Value> values_;
  bool faulty_ = false;
};

}  // namespace

std::optional<DomainSet> make_domain(const Expr& expr, const Field& field, Evaluator& evaluator,
                                     Report& report) {
  return Builder(expr, field, evaluator, report).build();
}

bool contains(const DomainSet& domain, const Value& value) {
  if (domain.choices) return std::ranges::find(*domain.choices, value) != domain.choices->end();
  const auto x = number_in(value);
  if (!x) return true;  // permute
  if (*x < domain.low || *x > domain.high) return false;
  if (domain.step == 0) return true;
  const double steps = (*x - domain.low) / domain.step;
  return std::abs(steps - std::round(steps)) <= kStepTolerance * std::max(1.0, steps);
}

std::optional<std::vector<Value>> enumerate(const DomainSet& domain, const Field& field) {
  if (domain.choices) return domain.choices;
  if (domain.step == 0 || domain.sampled) return std::nullopt;
  const double count = std::floor((domain.high - domain.low) / domain.step * (1 + kStepTolerance)) + 1;
  if (!(count <= static_cast<double>(kMostChoices))) return std::nullopt;
  std::vector<Value> out;
  for (int i = 0; i < static_cast<int>(count); ++i) {
    const double x = domain.low + i * domain.step;
    if (field.type == ValueType::kInt) {
      out.emplace_back(static_cast<int64_t>(x));
    } else {
      out.emplace_back(x);
    }
  }
  return out;
}

}  // namespace ascender::spec
