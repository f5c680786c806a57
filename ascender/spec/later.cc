#include "ascender/spec/later.h"

#include <algorithm>
#include <fmt/core.h>

#include "ascender/spec/constant.h"

namespace ascender::spec {
namespace {

// A dimension, or nothing where it is not known.
using Unitful = std::optional<Dimension>;

class LaterChecker {
 public:
  LaterChecker(const Model& model, const Names& names, Report& report)
      : model_(model), names_(names), report_(report) {}

  void expression(const Expr& expr, std::optional<Role> role) {
    if (!role) {
      infer(expr, false);
      return;
    }
    const auto* call = std::get_if<Call>(&expr.node);
    const auto* word = std::get_if<Reference>(&expr.node);
    const Path* name = call != nullptr ? &call->callee : word != nullptr ? &word->path : nullptr;
    if (name == nullptr) {
      report_.error("E0404", "expected a call, as in `name(argument = 1)`", expr.span);
      return;
    }
    check_function(*name, *role);
    if (call != nullptr) arguments(*call);
  }

  void act(const Act& act) {
    if (!act.path) {
      expression(*act.value, Role::kAction);
      return;
    }
    const std::string path = act.path->text();
    const bool generated = std::ranges::any_of(model_.generated, [&](const std::string& name) {
      return path.starts_with(fmt::format("{}.", name));
    });
    const std::vector<const Field*> fields = names_.find(path);
    if (!generated && fields.empty()) {
      report_.error("E0301", fmt::format("unknown setting `{}`", path), act.path->span, names_.suggest(path));
    } else if (fields.size() > 1) {
      report_.error("E0302", fmt::format("`{}` may mean several settings", path), act.path->span);
    }
    if (const auto* call = std::get_if<Call>(&act.value->node)) {
      check_function(call->callee, act.narrows ? Role::kDomain : Role::kValue);
      arguments(*call);
    }
  }

 private:
  void check_function(const Path& name, Role role) {
    if (contains(functions(role), name.text())) return;
    report_.error("E0303", fmt::format("unknown function `{}`", name.text()), name.span,
                  did_you_mean(name.text(), functions(role)));
  }

  void arguments(const Call& call) {
    for (const Argument& a : call.arguments) infer(*a.value, true);
  }

  // `free`: single words are names of the function's own, such as holm or last_good.
  Unitful infer(const Expr& expr, bool free) {
    if (const auto* n = std::get_if<Number>(&expr.node)) return n->unit.dimension;
    if (const auto* r = std::get_if<Reference>(&expr.node)) return reference(r->path, free);
    if (const auto* c = std::get_if<Call>(&expr.node)) return call(*c);
    if (const auto* u = std::get_if<Unary>(&expr.node)) return infer(*u->operand, free);
    if (const auto* b = std::get_if<Binary>(&expr.node)) return binary(*b, free);
    if (const auto* i = std::get_if<Interval>(&expr.node)) return same(*i->low, *i->high, free);
    if (const auto* f = std::get_if<Filter>(&expr.node)) {
      infer(*f->condition, true);
      return infer(*f->base, free);
    }
    if (const auto* m = std::get_if<Member>(&expr.node)) infer(*m->base, free);
    if (const auto* s = std::get_if<Set>(&expr.node)) return items(s->items, free);
    if (const auto* t = std::get_if<Tuple>(&expr.node)) items(t->items, free);
    return std::nullopt;
  }

  Unitful items(const std::vector<ExprPtr>& list, bool free) {
    Unitful first;
    for (const ExprPtr& item : list) {
      const Unitful d = infer(*item, free);
      if (!first) first = d;
    }
    return first;
  }

  Unitful reference(const Path& path, bool free) {
    const std::string text = path.text();
    if (const Unitful known = metric_dimension(text)) return known;
    const std::vector<const Field*> fields = names_.find(text);
    if (fields.size() == 1) return dimension_of(fields[0]->unit);
    const bool single = path.parts.size() == 1;
    if (single && (free || model_.has_syntax_errors)) return std::nullopt;
    const std::string& root = path.parts[0].text;
    if (model_.derived.contains(text) || model_.labels.contains(text)) return std::nullopt;
    if (contains(metric_roots(), root) || model_.aliases.contains(root)) return std::nullopt;
    report_.error("E0304", fmt::format("unknown metric `{}`", text), path.span, suggest(path));
    return std::nullopt;
  }

  std::string suggest(const Path& path) const {
    const std::string& written = path.parts[0].text;
    const std::string root = written.size() <= 80 ? nearest(written, metric_roots()) : "";
    if (root.empty()) return names_.suggest(path.text());
    return fmt::format("did you mean `{}{}`?", root, path.text().substr(written.size()));
  }

  Unitful call(const Call& call) {
    const std::string name = call.callee.text();
    check_function(call.callee, Role::kValue);
    Unitful first;
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const Unitful d = infer(*call.arguments[i].value, true);
      if (i == 0) first = d;
    }
    if (name == "zscore") return Dimension::of(Base::kScore);
    static const std::vector<std::string> kKeeping = {"mean",     "median",   "min",    "max",   "sum",
                                                      "std",      "abs",      "lower",  "upper", "floor",
                                                      "estimate", "quantile", "effect", "ceil"};
    return contains(kKeeping, name) ? first : std::nullopt;
  }

  Unitful binary(const Binary& binary, bool free) {
    switch (binary.op) {
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kTo:
        return same(*binary.left, *binary.right, free);
      case Op::kMultiply:
      case Op::kDivide: {
        const Unitful a = infer(*binary.left, free);
        const Unitful b = infer(*binary.right, free);
        return a && b ? multiply(*a, *b, binary.op == Op::kMultiply ? 1 : -1) : std::nullopt;
      }
      default:
        break;
    }
    if (is_comparison(binary.op)) {
      same(*binary.left, *binary.right, free || std::holds_alternative<Reference>(binary.right->node));
    } else {
      infer(*binary.left, free);
      infer(*binary.right, free);
    }
    return std::nullopt;
  }

  Unitful same(const Expr& left, const Expr& right, bool free) {
    const Unitful a = infer(left, free);
    const Unitful b = infer(right, free);
    if (a && b && !go_together(*a, *b)) report_mismatch(report_, *a, left.span, *b, right.span);
    return !a || a->none() ? b : a;
  }

  const Model& model_;
  const Names& names_;
  Report& report_;
};

}  // namespace

void check_later(const Model& model, const Names& names, Report& report) {
  LaterChecker checker(model, names, report);
  for (const LaterExpr& later : model.later) checker.expression(*later.expr, later.role);
  for (const Act* act : model.later_acts) checker.act(*act);
}

}  // namespace ascender::spec
