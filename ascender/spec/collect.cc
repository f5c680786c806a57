#include <algorithm>
#include <fmt/core.h>

#include "ascender/spec/collector.h"

namespace ascender::spec {
namespace {

// The blocks that a kind of statement may stand in, in the order of Statement's variant.
using Places = std::vector<BlockKind>;
constexpr BlockKind kO = BlockKind::kObjective, kD = BlockKind::kDesignSpace, kY = BlockKind::kDynamics,
                    kT = BlockKind::kTuningSpace, kI = BlockKind::kInfrastructure, kK = BlockKind::kKnowledge,
                    kC = BlockKind::kOverride;

struct Kind {
  const char* word;
  Places places;
};
const Kind& kind_of(const Statement& statement) {
  static const std::vector<Kind> kKinds = {{"a setting", {kD, kY, kT, kI, kC}},
                                           {"a domain", {kD, kY, kT, kC}},
                                           {"a group", {kD, kY, kT, kI, kC}},
                                           {"a goal", {kO}},
                                           {"`expect`", {}},
                                           {"`subject_to`", {kO}},
                                           {"`verify`", {kO}},
                                           {"`derive`", {kD, kY, kT, kC}},
                                           {"`require`", {kD, kY, kT, kC}},
                                           {"`when`", {kD, kY}},
                                           {"`vary`", {kT, kC}},
                                           {"`hold`", {kT}},
                                           {"`guard`", {kY}},
                                           {"`stop`", {kY}},
                                           {"`checkpoint`", {kI}},
                                           {"`on`", {kI}},
                                           {"`fact`", {kK}},
                                           {"`claim`", {kK}},
                                           {"`rule`", {kK}}};
  return kKinds[statement.node.index()];
}

std::string join_path(const std::string& prefix, const std::string& path) {
  return prefix.empty() ? path : fmt::format("{}.{}", prefix, path);
}

bool is_later(const std::string& path, const LaterSetting& setting) {
  return path == setting.path || path.starts_with(fmt::format("{}.", setting.path));
}

}  // namespace

Model collect(const Program& program, const Names& names, Report& report) {
  return Collector(program, names, report).run();
}

Model Collector::run() {
  model_.has_syntax_errors = program_.has_syntax_errors;
  model_.files = program_.layers;
  model_.first_override = static_cast<int>(program_.first_override);
  for (const Imported& import : program_.imports) imported(import);
  for (size_t i = 0; i < program_.layers.size(); ++i) {
    for (const Block& b : program_.layers[i]->blocks) block(b, static_cast<int>(i));
  }
  if (strategy_.expr != nullptr) strategy(*strategy_.expr, strategy_.context);
  return std::move(model_);
}

// Facts, derived values and settings of an import become names `alias.x`.
void Collector::imported(const Imported& import) {
  model_.files.push_back(import.file);
  model_.aliases.insert(import.alias);
  for (const Block& block : import.file->blocks) imported_body(import, block.body);
}

void Collector::imported_body(const Imported& import, const Body& body) {
  const auto name = [&](const std::string& path, const Expr& value, const Span& span) {
    model_.derived[join_path(import.alias, path)] = {{&value, span, 0, import.alias, {}}};
  };
  for (const Statement& s : body.statements) {
    if (const auto* fact = std::get_if<Fact>(&s.node)) name(fact->name.text, *fact->value, fact->name.span);
    if (const auto* derive = std::get_if<Derive>(&s.node))
      name(derive->name.text, *derive->value, derive->name.span);
    if (const auto* assign = std::get_if<Assign>(&s.node))
      name(assign->path.text(), *assign->value, assign->path.span);
  }
}

void Collector::block(const Block& block, int layer) {
  if (block.kind == BlockKind::kObjective && block.name) model_.name = block.name->text;
  Context context;
  context.block = block.kind;
  context.layer = layer;
  body(block.body, context);
}

void Collector::body(const Body& body, const Context& context) {
  for (const Statement& statement : body.statements) {
    if (!belongs(statement, context)) continue;
    std::visit([&](const auto& s) { visit(s, statement, context); }, statement.node);
  }
}

bool Collector::belongs(const Statement& statement, const Context& context) {
  const bool expects = std::holds_alternative<Expect>(statement.node);
  if (context.area == Area::kSmoke) {
    if (expects || std::holds_alternative<Assign>(statement.node)) return true;
    report_.error("E0305", fmt::format("{} does not belong in smoke", kind_of(statement).word),
                  statement.span, "a smoke test holds settings, seeds and `expect`");
    return false;
  }
  const Kind& kind = kind_of(statement);
  if (std::ranges::find(kind.places, context.block) != kind.places.end()) return true;
  std::string where;
  for (BlockKind place : kind.places) {
    if (place != BlockKind::kOverride)
      where += fmt::format("{}{}", where.empty() ? "" : " or ", name_of(place));
  }
  report_.error("E0305", fmt::format("{} does not belong in {}", kind.word, name_of(context.block)),
                statement.span, fmt::format("it belongs in {}", expects ? "smoke { }" : where));
  return false;
}

void Collector::visit(const Assign& s, const Statement&, const Context& context) {
  if (tuning_word(s, context)) return;
  assign(join_path(context.prefix, s.path.text()), s.path.span, *s.value, context);
}

// seeds, strategy, prune and budget are words of tuning_space (seeds also of smoke), not settings.
bool Collector::tuning_word(const Assign& s, const Context& context) {
  const bool tuning = context.block == BlockKind::kTuningSpace || context.block == BlockKind::kOverride;
  if (s.path.parts.size() != 1 || !context.prefix.empty()) return false;
  const std::string word = s.path.text();
  if (context.area == Area::kSmoke) {
    if (word == "seeds") later(s.value);
    return word == "seeds";
  }
  if (!tuning) return false;
  if (word == "seeds") {
    if (context.layer == model_.seeds_layer) {
      report_.error("E0306", "`seeds` is set twice", s.value->span, "",
                    {{model_.seeds->span, "first set here"}});
    }
    model_.seeds = s.value.get();
    model_.seeds_layer = context.layer;
  } else if (word == "strategy") {
    if (context.layer == strategy_layer_) {
      report_.error("E0306", "`strategy` is set twice", s.value->span, "",
                    {{strategy_.expr->span, "first set here"}});
    }
    strategy_ = {s.value.get(), context};
    strategy_layer_ = context.layer;
  } else if (word == "prune") {
    later(s.value, Role::kPruner);
    not_run("prune", "", s.path.span, context);
  } else if (word == "budget") {
    budget(*s.value);
    not_run("budget", "", s.path.span, context);
  } else {
    return false;
  }
  return true;
}

void Collector::assign(const std::string& path, const Span& at, const Expr& value, const Context& context) {
  if (later_setting(path, at, context)) return;
  if (const auto* call = std::get_if<Call>(&value.node)) {
    assign_call(path, at, value, *call, context);
    return;
  }
  const bool word = std::holds_alternative<Reference>(value.node);
  const Field* field = word ? resolve_setting(path, at) : resolve(path, at);
  if (field == nullptr) return;
  Definition definition;
  definition.field = field;
  definition.value = &value;
  definition.span = value.span;
  define(std::move(definition), context);
}

// path = name(a = 1) means path.kind = name, path.a = 1; a function of numbers is computed.
void Collector::assign_call(const std::string& path, const Span& at, const Expr& value, const Call& call,
                            const Context& context) {
  const std::string name = call.callee.text();
  if (name == "generate") {
    model_.generated.insert(path);
    not_run("generate", path, at, context);
    return;
  }
  if (contains(functions(Role::kDomain), name)) {
    report_.error("E0404", fmt::format("`{}` is a domain, not a value", name), value.span,
                  fmt::format("write `{} in {}(...)`", path, name));
    return;
  }
  if (const Field* kind = resolve_kind(path)) {
    spread(*kind, call, context);
    return;
  }
  const Field* field = resolve(path, at);
  if (field == nullptr) return;
  Definition definition;
  definition.field = field;
  definition.value = &value;
  definition.span = value.span;
  define(std::move(definition), context);
}

void Collector::spread(const Field& kind, const Call& call, const Context& context) {
  model_.made.push_back(std::make_unique<const Expr>(
      Expr{.span = call.callee.span, .height = 1, .node = Text{call.callee.text()}}));
  Definition definition;
  definition.field = &kind;
  definition.value = model_.made.back().get();
  definition.span = call.callee.span;
  define(std::move(definition), context);
  const std::string group =
      kind.path.ends_with(".kind") ? kind.path.substr(0, kind.path.size() - 5) : kind.path;
  for (const Argument& a : call.arguments) {
    if (!a.name) {
      report_.error("E0404", "a setting needs its name here", a.value->span,
                    fmt::format("write `{}(name = value)`", call.callee.text()));
      continue;
    }
    const std::string own = join_path(group, a.name->text);
    const std::string of_kind = join_path(join_path(group, call.callee.text()), a.name->text);
    const bool nested = names_.find(own).empty() && !names_.find(of_kind).empty();
    assign(nested ? of_kind : own, a.name->span, *a.value, context);
  }
}

void Collector::define(Definition definition, const Context& context) {
  definition.layer = context.layer;
  definition.conditions = context.conditions;
  if (context.area == Area::kSmoke) {
    model_.checked_only.push_back(std::move(definition));
    return;
  }
  model_.by_path[definition.field->path].push_back(model_.definitions.size());
  model_.definitions.push_back(std::move(definition));
}

const Field* Collector::resolve(const std::string& path, const Span& at) {
  const std::vector<const Field*> fields = names_.find(path);
  if (fields.size() == 1) return fields[0];
  if (fields.size() > 1) {
    std::string which;
    for (const Field* field : fields) which += fmt::format("{}`{}`", which.empty() ? "" : ", ", field->path);
    report_.error("E0302", fmt::format("`{}` may mean several settings", path), at,
                  fmt::format("write one of {}", which));
  } else if (names_.is_group(path)) {
    report_.error("E0308", fmt::format("`{}` is a group of settings, not a setting", path), at,
                  fmt::format("write `{}.name = value` or `{} {{ ... }}`", path, path));
  } else {
    report_.error("E0301", fmt::format("unknown setting `{}`", path), at, names_.suggest(path));
  }
  return nullptr;
}

const Field* Collector::resolve_kind(const std::string& path) {
  std::vector<const Field*> fields = names_.find(fmt::format("{}.kind", path));
  if (fields.size() == 1) return fields[0];
  fields = names_.find(path);
  return fields.size() == 1 && fields[0]->type == ValueType::kEnum ? fields[0] : nullptr;
}

const Field* Collector::resolve_setting(const std::string& path, const Span& at) {
  const Field* kind = names_.find(path).empty() ? resolve_kind(path) : nullptr;
  return kind != nullptr ? kind : resolve(path, at);
}

bool Collector::later_setting(const std::string& path, const Span& at, const Context& context) {
  if (!names_.find(path).empty()) return false;
  for (const LaterSetting& setting : later_settings()) {
    if (!is_later(path, setting)) continue;
    not_run(setting.kind, path, at, context);
    return true;
  }
  return false;
}

void Collector::visit(const Domain& s, const Statement&, const Context& context) {
  const std::string path = join_path(context.prefix, s.path.text());
  const Field* field = resolve_setting(path, s.path.span);
  if (field == nullptr) return;
  Definition definition;
  definition.field = field;
  definition.domain = s.domain.get();
  definition.fallback = s.fallback.get();
  definition.span = s.domain->span;
  definition.tunes = context.block == BlockKind::kTuningSpace || context.block == BlockKind::kOverride;
  define(std::move(definition), context);
}

void Collector::visit(const Group& s, const Statement&, const Context& context) {
  Context inner = context;
  const std::string path = s.path.text();
  if (context.block == BlockKind::kInfrastructure && context.prefix.empty()) {
    for (const Part& part : infrastructure_parts()) {
      if (path != part.name) continue;
      inner.prefix = part.prefix;
      body(s.body, inner);
      return;
    }
    if (path == "smoke") {
      inner.area = Area::kSmoke;
      not_run("smoke", "", s.path.span, context);
      body(s.body, inner);
      return;
    }
    if (!names_.is_group(path)) {
      std::vector<std::string> parts = {"smoke"};
      for (const Part& part : infrastructure_parts()) parts.emplace_back(part.name);
      report_.error("E0307", fmt::format("infrastructure has no part `{}`", path), s.path.span,
                    did_you_mean(path, parts));
      return;
    }
  }
  inner.prefix = join_path(context.prefix, path);
  body(s.body, inner);
}

void Collector::visit(const Derive& s, const Statement&, const Context& context) {
  model_.derived[s.name.text].push_back({s.value.get(), s.name.span, context.layer, "", context.conditions});
}

void Collector::visit(const Require& s, const Statement&, const Context& context) {
  model_.requirements.push_back({s.condition.get(), s.message, s.condition->span, context.conditions});
}

void Collector::visit(const When& s, const Statement&, const Context& context) {
  Context inner = context;
  inner.conditions.push_back({s.condition.get(), true});
  body(s.then, inner);
  if (!s.otherwise) return;
  inner.conditions.back().holds = false;
  body(*s.otherwise, inner);
}

void Collector::visit(const Vary& s, const Statement&, const Context& context) {
  for (const Path& path : s.paths) {
    const std::string text = join_path(context.prefix, path.text());
    const Field* field = resolve_setting(text, path.span);
    if (field != nullptr) model_.variations.push_back({field, path.span, context.layer});
  }
}

// checkpoint every 500 steps or 5 min keep 3
void Collector::visit(const Checkpoint& s, const Statement&, const Context& context) {
  for (const ExprPtr& every : s.every) {
    const auto* n = std::get_if<Number>(&every->node);
    const bool time = n != nullptr && n->unit.dimension == Dimension::of(Base::kSeconds);
    const bool by_time = time && !names_.find("checkpoint.every_time").empty();
    if (time && !by_time && s.every.size() > 1) {
      not_run("checkpoint", "every time", every->span, context);
      continue;
    }
    assign(by_time ? "checkpoint.every_time" : "checkpoint.every", every->span, *every, context);
  }
  if (s.keep) assign("checkpoint.keep", s.keep->span, *s.keep, context);
}

}  // namespace ascender::spec
