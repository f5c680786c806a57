#include <fmt/core.h>

#include "ascender/spec/collector.h"

namespace ascender::spec {
namespace {

const std::vector<std::string>& events() {
  static const std::vector<std::string> kEvents = {"spot_notice", "sigterm", "sigint", "sigusr1"};
  return kEvents;
}

const std::vector<std::string>& evidence_keys() {
  static const std::vector<std::string> kKeys = {"runs", "seeds", "method", "level", "trace", "expires"};
  return kKeys;
}

}  // namespace

// A named item of a later layer replaces the one before; in one layer a name stands once.
void Collector::not_run(std::string kind, std::string name, const Span& span, const Context& context) {
  const auto key = std::pair(kind, name);
  const auto it = name.empty() ? labelled_.end() : labelled_.find(key);
  if (it == labelled_.end()) {
    if (!name.empty()) labelled_[key] = {context.layer, model_.not_run.size()};
    model_.not_run.push_back({std::move(kind), std::move(name), span});
    return;
  }
  NotRun& before = model_.not_run[it->second.index];
  if (it->second.layer == context.layer) {
    report_.error("E0306", fmt::format("{} `{}` stands twice", kind, name), span, "",
                  {{before.span, "first here"}});
  }
  it->second.layer = context.layer;
  before.span = span;
}

void Collector::later(const ExprPtr& expr, std::optional<Role> role) {
  if (expr) model_.later.push_back({expr.get(), role});
}

void Collector::later(const std::vector<Act>& acts) {
  for (const Act& act : acts) model_.later_acts.push_back(&act);
}

void Collector::visit(const Goal& s, const Statement& at, const Context& context) {
  later(s.metric);
  not_run("objective", "goal", at.span, context);
}

void Collector::visit(const Expect& s, const Statement&, const Context&) { later(s.condition); }

void Collector::visit(const SubjectTo& s, const Statement& at, const Context& context) {
  for (const ExprPtr& condition : s.conditions) later(condition);
  not_run("subject_to", "", at.span, context);
}

void Collector::visit(const Verify& s, const Statement&, const Context& context) {
  later(s.condition);
  later(s.test, Role::kTest);
  model_.labels.insert(s.name.text);
  not_run("verify", s.name.text, s.name.span, context);
}

void Collector::visit(const Hold& s, const Statement& at, const Context& context) {
  later(s.subject);
  later(s.within);
  later(s.of);
  resolve(s.adjusting.text(), s.adjusting.span);
  not_run("hold", s.adjusting.text(), at.span, context);
}

void Collector::visit(const Guard& s, const Statement&, const Context& context) {
  later(s.condition);
  later(s.acts);
  not_run("guard", s.name.text, s.name.span, context);
}

void Collector::visit(const Stop& s, const Statement& at, const Context& context) {
  later(s.condition);
  later(s.duration);
  not_run("stop", "", at.span, context);
}

void Collector::visit(const On& s, const Statement&, const Context& context) {
  if (!contains(events(), s.event.text)) {
    report_.error("E0301", fmt::format("unknown event `{}`", s.event.text), s.event.span,
                  did_you_mean(s.event.text, events()));
  }
  later(s.acts);
  not_run("on", s.event.text, s.event.span, context);
}

void Collector::visit(const Fact& s, const Statement&, const Context& context) {
  model_.derived[s.name.text].push_back({s.value.get(), s.name.span, context.layer, "", {}});
  model_.labels.insert(s.name.text);
  not_run("fact", s.name.text, s.name.span, context);
}

void Collector::visit(const Claim& s, const Statement&, const Context& context) {
  later(s.effect);
  evidence(s.evidence);
  model_.labels.insert(s.name.text);
  not_run("claim", s.name.text, s.name.span, context);
}

void Collector::evidence(const Body& body) {
  for (const Statement& statement : body.statements) {
    const auto* assign = std::get_if<Assign>(&statement.node);
    if (assign == nullptr) {
      report_.error("E0305", "evidence holds `name = value` only", statement.span);
    } else if (!contains(evidence_keys(), assign->path.text())) {
      report_.error("E0301", fmt::format("evidence has no `{}`", assign->path.text()), assign->path.span,
                    did_you_mean(assign->path.text(), evidence_keys()));
    }
  }
}

void Collector::visit(const Rule& s, const Statement&, const Context& context) {
  later(s.condition);
  later(s.acts);
  not_run("rule", s.name.text, s.name.span, context);
}

// grid(a, b) + tpe(c, trials = 24): the grid is run, the searches are not.
void Collector::strategy(const Expr& expr, const Context& context) {
  const auto* sum = std::get_if<Binary>(&expr.node);
  if (sum != nullptr && sum->op == Op::kAdd) {
    strategy(*sum->left, context);
    strategy(*sum->right, context);
  } else if (const auto* call = std::get_if<Call>(&expr.node)) {
    strategy_call(*call, expr.span, context);
  } else {
    report_.error("E0404", "a strategy is a sum of calls, as in `grid(a, b) + tpe(c, trials = 24)`",
                  expr.span);
  }
}

void Collector::strategy_call(const Call& call, const Span& at, const Context& context) {
  const std::string name = call.callee.text();
  if (!contains(functions(Role::kStrategy), name)) {
    report_.error("E0303", fmt::format("unknown strategy `{}`", name), call.callee.span,
                  did_you_mean(name, functions(Role::kStrategy)));
    return;
  }
  const bool grid = name == "grid" || name == "factorial";
  if (!grid) not_run("search", name, at, context);
  for (const Argument& a : call.arguments) {
    const auto* reference = std::get_if<Reference>(&a.value->node);
    if (a.name && !grid) continue;
    if (a.name || reference == nullptr) {
      report_.error("E0404", fmt::format("`{}` takes names of settings", name), a.value->span);
      continue;
    }
    const std::string path = reference->path.text();
    const Field* field = resolve_setting(path, reference->path.span);
    if (field == nullptr) continue;
    if (grid) {
      model_.variations.push_back({field, reference->path.span, context.layer});
    } else {
      model_.searched.insert(field->path);
    }
  }
}

void Collector::budget(const Expr& expr) {
  const auto check = [&](const Expr& item) {
    const auto* n = std::get_if<Number>(&item.node);
    const Dimension d = n != nullptr ? n->unit.dimension : Dimension{};
    if (d == Dimension::of(Base::kSeconds) || d == Dimension::of(Base::kRuns) ||
        d == Dimension::of(Base::kFlop))
      return;
    report_.error("E0403", "a budget is a time, a number of runs, or FLOP", item.span,
                  "as in `budget = {12 h, 240 runs}`");
  };
  const auto* set = std::get_if<Set>(&expr.node);
  if (set == nullptr) {
    check(expr);
    return;
  }
  for (const ExprPtr& item : set->items) check(*item);
}

}  // namespace ascender::spec
