#include "ascender/spec/arms.h"

#include <algorithm>
#include <fmt/core.h>
#include <set>

#include "ascender/spec/readers.h"

namespace ascender::spec {
namespace {

struct Mention {  // vary, grid(), or a domain in tuning_space
  const Field* field;
  Span span;
  int layer;
};

class AxisFinder {
 public:
  AxisFinder(const Model& model, const Names& names, Resolved& resolved, Report& report)
      : model_(model), report_(report), resolved_(resolved), resolver_(model, names, no_point_, report) {}

  void run() {
    std::set<const Field*> done;
    for (const Mention& mention : mentions()) {
      const bool searched = model_.searched.contains(mention.field->path);
      if (searched || !done.insert(mention.field).second || is_fixed(*mention.field)) continue;
      axis(mention);
    }
  }

 private:
  std::vector<Mention> mentions() const {
    std::vector<Mention> out;
    for (const Variation& v : model_.variations) out.push_back({v.field, v.span, v.layer});
    for (const Definition& d : model_.definitions) {
      if (d.tunes) out.push_back({d.field, d.span, d.layer});
    }
    std::ranges::stable_sort(out, [](const Mention& a, const Mention& b) {
      return std::pair(a.layer, a.span.begin) < std::pair(b.layer, b.span.begin);
    });
    return out;
  }

  std::vector<const Definition*> definitions(const Field& field) const {
    std::vector<const Definition*> out;
    const auto it = model_.by_path.find(field.path);
    if (it == model_.by_path.end()) return out;
    for (size_t i : it->second) out.push_back(&model_.definitions[i]);
    return out;
  }

  // An `=` of a later layer than all that varies a setting fixes it.
  bool is_fixed(const Field& field) const {
    int varied = -1;
    for (const Variation& v : model_.variations) {
      if (v.field == &field) varied = std::max(varied, v.layer);
    }
    int fixed = -1;
    for (const Definition* d : definitions(field)) {
      int& layer = d->value != nullptr ? fixed : varied;
      if (d->value != nullptr || d->tunes) layer = std::max(layer, d->layer);
    }
    return fixed > varied;
  }

  // The domains to vary over: those of the strongest layer, and there of tuning_space before design_space.
  std::vector<const Definition*> domains(const Field& field) const {
    std::vector<const Definition*> out;
    for (const Definition* d : definitions(field)) {
      if (d->domain == nullptr) continue;
      const auto rank = [](const Definition* x) { return std::pair(x->layer, x->tunes); };
      if (!out.empty() && rank(d) < rank(out[0])) continue;
      if (!out.empty() && rank(d) > rank(out[0])) out.clear();
      out.push_back(d);
    }
    return out;
  }

  void axis(const Mention& mention) {
    const Field& field = *mention.field;
    Axis axis{field.path, {}, mention.span};
    const std::vector<const Definition*> over = domains(field);
    if (over.empty() && !whole_type(field, axis, mention)) return;
    for (const Definition* d : over) {
      axis.span = d->span;
      const auto set = resolver_.domain(*d);
      if (!set) return;
      const auto values = enumerate(*set, field);
      if (!values) {
        not_searched(field, mention);
        return;
      }
      for (const Value& value : *values) {
        if (std::ranges::find(axis.values, value) == axis.values.end()) axis.values.push_back(value);
      }
    }
    if (!over.empty() && over[0]->tunes) check_inside(field, *over[0], axis);
    resolved_.grid.push_back(std::move(axis));
  }

  // A choice or a boolean varies over all it can be.
  bool whole_type(const Field& field, Axis& axis, const Mention& mention) {
    if (field.type == ValueType::kEnum) {
      for (const std::string& choice : field.choices) axis.values.emplace_back(choice);
    } else if (field.type == ValueType::kBool) {
      axis.values = {false, true};
    } else {
      if (!model_.has_syntax_errors) {
        report_.error("E0505", fmt::format("`{}` has no domain to vary over", field.path), mention.span,
                      fmt::format("write `{} in choice(...)`", field.path));
      }
      return false;
    }
    return true;
  }

  void not_searched(const Field& field, const Mention& mention) {
    report_.warning("W0501",
                    fmt::format("`{}` has no list of values to run; it keeps its default", field.path),
                    mention.span, "searches are not run; `choice(...)` gives a list");
    resolved_.not_run.push_back({"search", field.path, mention.span});
  }

  // What tuning_space varies over lies in the domain that the same file gives in design_space.
  void check_inside(const Field& field, const Definition& tuning, const Axis& axis) {
    for (const Definition* d : definitions(field)) {
      if (d->domain == nullptr || d->tunes || d->layer != tuning.layer) continue;
      const auto set = resolver_.domain(*d);
      for (const Value& value : axis.values) {
        if (!set || contains(*set, value)) continue;
        report_.error("E0502",
                      fmt::format("{} is outside the domain of `{}`", to_source(value, field), field.path),
                      tuning.span, "", {{d->span, "the domain is given here"}});
        break;
      }
    }
  }

  const Model& model_;
  Report& report_;
  Resolved& resolved_;
  const Point no_point_;
  Resolver resolver_;
};

std::string label_value(const Value& value) {
  std::string out;
  for (char c : ascender::to_text(value)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_' || c == '+';
    if (c != ' ') out += plain ? c : '_';
  }
  return out;
}

class ArmMaker {
 public:
  ArmMaker(const Model& model, const Names& names, Resolved& resolved, Report& report)
      : model_(model),
        names_(names),
        report_(report),
        resolved_(resolved),
        active_(model.definitions.size()) {
    failures_.resize(model.requirements.size());
  }

  void run() {
    if (!count_points()) return;
    std::vector<size_t> at(resolved_.grid.size(), 0);
    do {
      point(at);
    } while (!report_.full() && advance(at));
    report_soft();
    check_inactive();
    share();
  }

 private:
  bool count_points() {
    num_points_ = 1;
    for (const Axis& axis : resolved_.grid) {
      num_points_ *= axis.values.size();
      if (num_points_ <= kMostArms) continue;
      report_.error("E0510", fmt::format("the grid has more than {} points", kMostArms), axis.span);
      return false;
    }
    return true;
  }

  bool advance(std::vector<size_t>& at) const {
    for (size_t i = at.size(); i-- > 0;) {
      if (++at[i] < resolved_.grid[i].values.size()) return true;
      at[i] = 0;
    }
    return false;
  }

  void point(const std::vector<size_t>& at) {
    Point point;
    for (size_t i = 0; i < at.size(); ++i) point[resolved_.grid[i].path] = resolved_.grid[i].values[at[i]];
    Resolver resolver(model_, names_, point, report_);
    Arm arm = settle(resolver, point);
    resolver.check_derived();
    for (size_t i = 0; i < active_.size(); ++i) {
      if (resolver.holds(model_.definitions[i].conditions)) active_[i] = true;
    }
    const bool legal = requirements(resolver, arm);
    for (const Diagnostic& d : resolver.soft_faults()) soft(d);
    if (legal) add(std::move(arm));
  }

  Arm settle(Resolver& resolver, const Point& point) {
    Arm arm;
    std::set<std::string> paths;
    for (const auto& [path, indices] : model_.by_path) paths.insert(path);
    for (const auto& [path, value] : point) paths.insert(path);
    for (const std::string& path : paths) {
      const Field& field = *names_.find(path)[0];
      const auto setting = resolver.setting(field);
      if (!setting || !setting->declared) continue;
      const auto axis = std::ranges::find(resolved_.grid, path, &Axis::path);
      const Span& span = axis != resolved_.grid.end() ? axis->span : setting->span;
      if (const Reader* reader = unmet_reader(field, names_, resolver)) {
        if (const auto fault = not_read(field, span, *reader, model_, names_, resolver)) soft(*fault);
      } else {
        arm.assignments.push_back({path, setting->value, span});
      }
    }
    apply_presets(arm);
    for (const Axis& axis : resolved_.grid) {
      const auto set = std::ranges::find(arm.assignments, axis.path, &Assignment::path);
      if (set == arm.assignments.end() || set->value != point.at(axis.path)) continue;
      arm.label += fmt::format("{}{}={}", arm.label.empty() ? "" : ",", short_name(axis.path),
                               label_value(point.at(axis.path)));
    }
    return arm;
  }

  // A fault of this point that may be none elsewhere.
  void soft(const Diagnostic& fault) {
    const auto key = std::tuple(fault.span.source.get(), fault.span.begin);
    soft_.emplace(key, std::pair(fault, size_t{0})).first->second.second += 1;
  }

  // What a word stands for takes the place of what weaker layers say.
  void apply_presets(Arm& arm) {
    std::map<std::string, Assignment> by_path;
    for (const Assignment& a : arm.assignments) by_path[a.path] = a;
    for (const Assignment& choice : arm.assignments) {
      for (const Preset& preset : names_.exactly(choice.path)->presets) {
        if (preset.word != std::get<std::string>(choice.value)) continue;
        const auto given = by_path.find(preset.path);
        if (given != by_path.end()) {
          if (const auto fault = contradicts(given->second, choice, preset, model_, names_)) soft(*fault);
        }
        by_path[preset.path] = {preset.path, preset.value, choice.span};
      }
    }
    arm.assignments.clear();
    for (auto& [path, assignment] : by_path) arm.assignments.push_back(std::move(assignment));
  }

  std::string short_name(const std::string& path) const {
    const auto last = [](const std::string& p) { return p.substr(p.find_last_of('.') + 1); };
    const auto same = [&](const Axis& axis) { return last(axis.path) == last(path); };
    return std::ranges::count_if(resolved_.grid, same) > 1 ? path : last(path);
  }

  bool requirements(Resolver& resolver, const Arm& arm) {
    bool legal = true;
    for (size_t i = 0; i < model_.requirements.size(); ++i) {
      const Requirement& r = model_.requirements[i];
      if (!resolver.holds(r.conditions)) continue;
      const Outcome out = resolver.truth(*r.condition);
      if (out.state == Outcome::State::kUnknown) not_evaluated_.insert(i);
      if (!out.known()) continue;
      const auto* truth = std::get_if<bool>(&out.value.held);
      if (truth != nullptr ? *truth : std::get<Symbol>(out.value.held).text == "on") continue;
      ++failures_[i];
      if (legal)
        resolved_.pruned.push_back(
            {arm.label, r.message.empty() ? "a requirement is false" : r.message, r.span});
      legal = false;
    }
    return legal;
  }

  // Points that differ only in settings that do not exist there are one arm.
  void add(Arm arm) {
    std::string key;
    for (const Assignment& a : arm.assignments)
      key += fmt::format("{}={}\n", a.path, ascender::to_text(a.value));
    if (!keys_.insert(key).second) return;
    constexpr size_t kLongest = 120;
    const std::string base = arm.label.substr(0, kLongest);
    arm.label = base;
    for (int n = 2; !labels_.insert(arm.label).second; ++n) arm.label = fmt::format("{}-{}", base, n);
    resolved_.arms.push_back(std::move(arm));
  }

  // What is at fault in every point is an error; in some, a property of the point.
  void report_soft() {
    for (auto& [key, found] : soft_) {
      if (found.second == num_points_) report_.add(found.first);
    }
    bool reported = false;
    for (size_t i = 0; i < failures_.size(); ++i) {
      const Requirement& r = model_.requirements[i];
      if (not_evaluated_.contains(i)) resolved_.not_run.push_back({"require", "", r.span});
      if (failures_[i] != num_points_ || model_.has_syntax_errors) continue;
      reported = true;
      report_.error("E0506", r.message.empty() ? "this requirement is false" : r.message, r.span);
    }
    if (resolved_.arms.empty() && !reported && report_.empty()) {
      report_.error("E0513", "no point of the grid is left: every one fails a requirement",
                    resolved_.pruned[0].span);
    }
  }

  // Definitions in branches that are never taken: their types are checked all the same.
  void check_inactive() {
    const Point nowhere;
    Report found;
    Resolver resolver(model_, names_, nowhere, found);
    for (size_t i = 0; i < active_.size(); ++i) {
      if (!active_[i]) resolver.check_definition(model_.definitions[i]);
    }
    for (const Definition& d : model_.checked_only) resolver.check_definition(d);
    for (Diagnostic& d : found.take_errors()) {
      const bool of_type =
          d.code.starts_with("E03") || d.code.starts_with("E04") || d.code == "E0501" || d.code == "E0503";
      if (of_type) report_.add(std::move(d));
    }
  }

  // resolved.assignments: what all arms set alike.
  void share() {
    if (resolved_.arms.empty()) return;
    const auto has = [](const Arm& arm, const Assignment& a) {
      return std::ranges::any_of(arm.assignments,
                                 [&](const Assignment& b) { return a.path == b.path && a.value == b.value; });
    };
    for (const Assignment& a : resolved_.arms[0].assignments) {
      const bool varies =
          std::ranges::any_of(resolved_.grid, [&](const Axis& x) { return x.path == a.path; });
      const bool shared = std::ranges::all_of(resolved_.arms, [&](const Arm& arm) { return has(arm, a); });
      if (shared && !varies) resolved_.assignments.push_back(a);
    }
  }

  const Model& model_;
  const Names& names_;
  Report& report_;
  Resolved& resolved_;
  size_t num_points_ = 0;
  std::vector<bool> active_;
  std::vector<size_t> failures_;  // of each requirement, in points
  std::set<size_t> not_evaluated_;
  std::map<std::tuple<const Source*, size_t>, std::pair<Diagnostic, size_t>> soft_;
  std::set<std::string> keys_;
  std::set<std::string> labels_;
};

}  // namespace

void make_arms(const Model& model, const Names& names, Resolved& resolved, Report& report) {
  AxisFinder(model, names, resolved, report).run();
  ArmMaker(model, names, resolved, report).run();
}

}  // namespace ascender::spec
