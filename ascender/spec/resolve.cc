#include "ascender/spec/resolve.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace ascender::spec {
namespace {

using State = Outcome::State;

// In one layer an `=` is stronger than the default of a domain.
bool is_weaker(const Definition& a, const Definition& b) {
  return std::pair(a.layer, a.value != nullptr) < std::pair(b.layer, b.value != nullptr);
}

std::string condition_text(const Condition& condition) {
  const Span& span = condition.test->span;
  const std::string text = span.source->text.substr(span.begin, span.end - span.begin);
  return condition.holds ? fmt::format("when {}", text) : fmt::format("the else of when {}", text);
}

}  // namespace

Resolver::Resolver(const Model& model, const Names& names, const Point& point, Report& report)
    : model_(model),
      names_(names),
      point_(point),
      report_(report),
      evaluator_(*this, report, model.has_syntax_errors) {}

Outcome Resolver::read(const Path& path) {
  const std::string text = path.text();
  const std::string name = alias_.empty() ? text : fmt::format("{}.{}", alias_, text);
  if (const auto it = model_.derived.find(name); it != model_.derived.end()) {
    return read_derived(name, it->second, path);
  }
  if (!alias_.empty() || model_.aliases.contains(path.parts[0].text)) {
    report_.error("E0301", fmt::format("the import has no `{}`", text), path.span, suggest(path));
    return Outcome::fault();
  }
  const std::vector<const Field*> fields = names_.find(text);
  if (fields.size() == 1) return read_setting(*fields[0], path);
  if (fields.size() > 1) {
    std::string which;
    for (const Field* field : fields) which += fmt::format("{}`{}`", which.empty() ? "" : ", ", field->path);
    report_.error("E0302", fmt::format("`{}` may mean several settings", text), path.span,
                  fmt::format("write one of {}", which));
    return Outcome::fault();
  }
  if (path.parts.size() > 1 && contains(metric_roots(), path.parts[0].text) && names_.suggest(text).empty()) {
    report_.error("E0512", fmt::format("`{}` is known only once a run has measured it", text), path.span);
    return Outcome::fault();
  }
  return Outcome::no_name();
}

std::string Resolver::suggest(const Path& path) {
  const std::string setting = names_.suggest(path.text());
  if (!setting.empty()) return setting;
  std::vector<std::string> derived;
  for (const auto& [name, candidates] : model_.derived) derived.push_back(name);
  return did_you_mean(path.text(), derived);
}

Outcome Resolver::read_setting(const Field& field, const Path& path) {
  const Memo memo = settle(field);
  if (memo.status == Status::kBusy) {
    report_.error("E0508", fmt::format("`{}` depends on itself", field.path), path.span);
    return Outcome::fault();
  }
  if (memo.status == Status::kAbsent) {
    for (size_t i : model_.by_path.at(field.path)) {
      const Conditions& conditions = model_.definitions[i].conditions;
      if (!conditions.empty()) {
        report_absent(field.path, path.span, conditions, false);
        break;
      }
    }
    return Outcome::fault();
  }
  if (!memo.setting) return Outcome::fault();
  return Outcome::known_as(from_value(memo.setting->value, field), &field);
}

Outcome Resolver::read_derived(const std::string& name, const std::vector<Derived>& candidates,
                               const Path& path) {
  const auto [it, fresh] = derived_.emplace(name, std::nullopt);
  if (!fresh) {
    if (it->second) return *it->second;
    report_.error("E0508", fmt::format("`{}` depends on itself", name), path.span);
    return Outcome::fault();
  }
  const Derived* best = nullptr;
  for (const Derived& d : candidates) {
    if (!holds(d.conditions)) continue;
    if (best != nullptr && best->layer == d.layer) {
      report_.error("E0306", fmt::format("`{}` is given twice", name), d.span, "",
                    {{best->span, "first here"}});
    }
    if (best == nullptr || d.layer >= best->layer) best = &d;
  }
  Outcome out = Outcome::fault();
  if (best == nullptr) {
    report_absent(name, path.span, candidates[0].conditions, false);
  } else {
    const std::string outer = std::exchange(alias_, best->alias);
    out = evaluator_.evaluate(*best->value);
    alias_ = outer;
  }
  derived_[name] = out;
  return out;
}

void Resolver::check_derived() {
  for (const auto& [name, candidates] : model_.derived) {
    if (!candidates[0].alias.empty()) continue;
    const bool any = std::ranges::any_of(candidates, [&](const Derived& d) { return holds(d.conditions); });
    if (any) read_derived(name, candidates, Path{{{name, candidates[0].span}}, candidates[0].span});
  }
}

bool Resolver::holds(const Conditions& conditions) {
  for (const Condition& condition : conditions) {
    auto it = conditions_.find(condition.test);
    if (it == conditions_.end()) {
      const Outcome out = evaluator_.truth(*condition.test);
      if (out.state == State::kUnknown) {
        report_.error("E0512", "`when` must be decided before a model is built", condition.test->span);
      }
      std::optional<bool> value;
      if (out.known()) {
        const auto* truth = std::get_if<bool>(&out.value.held);
        value = truth != nullptr ? *truth : std::get<Symbol>(out.value.held).text == "on";
      }
      it = conditions_.emplace(condition.test, value).first;
    }
    if (it->second != condition.holds) return false;
  }
  return true;
}

std::optional<Resolver::Setting> Resolver::setting(const Field& field) { return settle(field).setting; }

bool Resolver::exists(const Field& field) { return settle(field).status != Status::kAbsent; }

Resolver::Memo& Resolver::settle(const Field& field) {
  const auto [it, fresh] = settings_.emplace(&field, Memo{});
  Memo& memo = it->second;
  if (!fresh) return memo;
  const auto indices = model_.by_path.find(field.path);
  if (indices == model_.by_path.end()) {
    const auto varied = point_.find(field.path);
    memo.setting =
        Setting{varied == point_.end() ? field.fallback : varied->second, {}, varied != point_.end()};
  } else if (reject_absent(indices->second)) {
    memo.status = Status::kAbsent;
    return memo;
  } else {
    memo.setting = choose(field, in_force(indices->second));
  }
  memo.status = point_.contains(field.path) && !memo.setting ? Status::kAbsent : Status::kDone;
  return memo;
}

// A setting that only `when` declares does not exist where none of these is taken.
bool Resolver::reject_absent(const std::vector<size_t>& indices) {
  const Conditions* untaken = nullptr;
  for (size_t i : indices) {
    const Conditions& conditions = model_.definitions[i].conditions;
    if (conditions.empty()) continue;
    if (holds(conditions)) return false;
    untaken = &conditions;
  }
  if (untaken == nullptr) return false;
  for (size_t i : indices) {
    const Definition& d = model_.definitions[i];
    if (d.conditions.empty()) report_absent(d.field->path, d.span, *untaken, true);
  }
  return true;
}

void Resolver::report_absent(const std::string& path, const Span& at, const Conditions& conditions,
                             bool soft) {
  Diagnostic d{.code = "E0507",
               .severity = Severity::kError,
               .message = fmt::format("`{}` does not exist here", path),
               .span = at,
               .labels = {},
               .help = ""};
  for (const Condition& c : conditions) {
    if (holds({c})) continue;
    if (!conditions_.at(c.test)) return;  // its own fault is reported
    d.labels.push_back({c.test->span, "it exists only under this condition"});
    d.help = fmt::format("it exists only inside `{}`", condition_text(c));
    if (!c.holds) d.labels.back().text = "it exists only where this is false";
    break;
  }
  if (soft) {
    soft_.push_back(std::move(d));
  } else {
    report_.add(std::move(d));
  }
}

// The definitions whose conditions hold; two of one sort in one layer are a fault.
std::vector<const Definition*> Resolver::in_force(const std::vector<size_t>& indices) {
  std::vector<const Definition*> out;
  std::map<std::tuple<int, bool, bool>, const Definition*> seen;
  for (size_t i : indices) {
    const Definition& d = model_.definitions[i];
    if (!holds(d.conditions)) continue;
    const auto [it, fresh] = seen.emplace(std::tuple(d.layer, d.value != nullptr, d.tunes), &d);
    if (!fresh) {
      report_.error("E0306", fmt::format("`{}` is set twice", d.field->path), d.span, "",
                    {{it->second->span, "first here"}});
      continue;
    }
    out.push_back(&d);
  }
  return out;
}

const Definition* Resolver::strongest(const std::vector<const Definition*>& active, bool domains) {
  const Definition* best = nullptr;
  for (const Definition* d : active) {
    const bool wanted = domains ? d->domain != nullptr && !d->tunes
                                : d->value != nullptr || !d->tunes || d->fallback != nullptr;
    if (wanted && (best == nullptr || is_weaker(*best, *d))) best = d;
  }
  return best;
}

std::optional<Resolver::Setting> Resolver::choose(const Field& field,
                                                  const std::vector<const Definition*>& active) {
  if (const auto varied = point_.find(field.path); varied != point_.end()) {
    Setting out{varied->second, {}, true};
    bool inside = true;
    for (const Definition* d : active) {
      if (d->domain == nullptr) continue;
      out.span = d->span;
      const bool conditional = !d->conditions.empty();
      if (conditional) {
        const auto set = domain(*d);
        inside = set && contains(*set, out.value);
      }
    }
    return inside ? std::optional(std::move(out)) : std::nullopt;
  }
  const Definition* best = strongest(active, false);
  if (best == nullptr) return Setting{field.fallback, {}, false};
  const Definition* within = strongest(active, true);
  if (best->value == nullptr && best->fallback == nullptr) return without_default(field, *best, active);
  auto out = value_of(*best, best->value != nullptr ? *best->value : *best->fallback);
  if (out && best->value == nullptr) within = best;
  if (out && within != nullptr && !inside(*out, *within, field)) return std::nullopt;
  return out;
}

std::optional<Resolver::Setting> Resolver::value_of(const Definition& definition, const Expr& value) {
  const Outcome out = evaluator_.evaluate(value, definition.field);
  if (out.state == State::kUnknown) {
    report_.error("E0512", "this is not known before a model is built", value.span);
  }
  if (!out.known()) return std::nullopt;
  auto converted = to_value(out.value, *definition.field, value.span, report_);
  if (!converted) return std::nullopt;
  return Setting{std::move(*converted), value.span, true};
}

// A domain without default keeps the value of a weaker layer, or the schema's, when that lies in it.
std::optional<Resolver::Setting> Resolver::without_default(const Field& field, const Definition& definition,
                                                           const std::vector<const Definition*>& active) {
  const auto set = domain(definition);
  if (!set) return std::nullopt;
  const Definition* weaker = nullptr;
  for (const Definition* d : active) {
    if (d->value != nullptr && (weaker == nullptr || is_weaker(*weaker, *d))) weaker = d;
  }
  if (weaker != nullptr) {
    auto kept = value_of(*weaker, *weaker->value);
    if (!kept || contains(*set, kept->value)) return kept;
  }
  if (contains(*set, field.fallback)) return Setting{field.fallback, definition.span, true};
  if (model_.has_syntax_errors) return std::nullopt;  // what varies it may be the line that did not parse
  report_.error("E0504", fmt::format("`{}` has no default, and nothing varies it", field.path),
                definition.span,
                fmt::format("add `default ...` here, or `vary {}` in tuning_space", field.path));
  return std::nullopt;
}

std::optional<DomainSet> Resolver::domain(const Definition& definition) {
  return make_domain(*definition.domain, *definition.field, evaluator_, report_);
}

bool Resolver::inside(const Setting& setting, const Definition& definition, const Field& field) {
  const auto set = domain(definition);
  if (!set || contains(*set, setting.value)) return set.has_value();
  report_.error("E0502",
                fmt::format("{} is outside the domain of `{}`", to_source(setting.value, field), field.path),
                setting.span, "", {{definition.span, "the domain is given here"}});
  return false;
}

void Resolver::check_definition(const Definition& definition) {
  if (definition.value != nullptr) value_of(definition, *definition.value);
  if (definition.domain != nullptr) domain(definition);
  if (definition.fallback != nullptr) value_of(definition, *definition.fallback);
}

}  // namespace ascender::spec
