// What the statements of a program say, by meaning: who sets which setting under which conditions, what is
// derived, required, varied, and what is checked but not run. Names are resolved here; nothing is evaluated.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ascender/spec/check.h"
#include "ascender/spec/load.h"
#include "ascender/spec/names.h"
#include "ascender/spec/tree.h"

namespace ascender::spec {

struct Condition {  // inside `when test { }`, or inside its else
  const Expr* test = nullptr;
  bool holds = true;
};
using Conditions = std::vector<Condition>;  // outermost first

struct Definition {
  const Field* field = nullptr;
  const Expr* value = nullptr;  // path = value; else path in domain [default fallback]
  const Expr* domain = nullptr;
  const Expr* fallback = nullptr;
  Span span;           // of the value or the domain
  int layer = 0;       // later layers are stronger
  bool tunes = false;  // a domain in tuning_space or an override: to be varied
  Conditions conditions;
};

struct Derived {  // derive, fact, and every name of an import
  const Expr* value = nullptr;
  Span span;
  int layer = 0;
  std::string alias;  // names inside `value` are of this import; "" for our own
  Conditions conditions;
};

struct Requirement {
  const Expr* condition = nullptr;
  std::string message;
  Span span;
  Conditions conditions;
};

struct Variation {  // vary path, grid(path)
  const Field* field = nullptr;
  Span span;
  int layer = 0;
};

struct LaterExpr {  // an expression over metrics: names, functions and units are checked
  const Expr* expr = nullptr;
  std::optional<Role> role;  // what its outermost function must be; nothing: a value
};

struct Model {
  std::vector<Definition> definitions;
  std::map<std::string, std::vector<size_t>> by_path;  // into definitions
  std::vector<Definition> checked_only;                // settings of a smoke test
  std::map<std::string, std::vector<Derived>> derived;
  std::vector<Requirement> requirements;
  std::vector<Variation> variations;
  std::set<std::string> searched;  // settings given to tpe, sobol, random
  const Expr* seeds = nullptr;
  int seeds_layer = -1;
  int first_override = 0;  // layers from here on are the command line
  std::vector<LaterExpr> later;
  std::vector<const Act*> later_acts;
  std::set<std::string> generated;  // kernel.attention = generate(...)
  std::set<std::string> aliases;
  std::set<std::string> labels;  // names of tests, claims, facts
  std::vector<NotRun> not_run;
  std::string name;
  bool has_syntax_errors = false;
  std::vector<std::shared_ptr<const File>> files;  // own the expressions
  std::vector<ExprPtr> made;                       // and these were made while collecting
};

// Overrides are one layer where two settings are compared.
inline int strength(const Model& model, int layer) { return std::min(layer, model.first_override); }

Model collect(const Program& program, const Names& names, Report& report);

}  // namespace ascender::spec
