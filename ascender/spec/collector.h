// The walk behind collect() of model.h: settings in collect.cc, everything that is not run in
// collect_later.cc.
#pragma once

#include <map>
#include <utility>

#include "ascender/spec/model.h"
#include "ascender/spec/report.h"

namespace ascender::spec {

class Collector {
 public:
  Collector(const Program& program, const Names& names, Report& report)
      : program_(program), names_(names), report_(report) {}
  Model run();

 private:
  enum class Area { kPlain, kSmoke };
  // Where a statement stands.
  struct Context {
    BlockKind block = BlockKind::kOverride;
    Area area = Area::kPlain;
    std::string prefix;  // "numerics" inside numerics { }
    int layer = 0;
    Conditions conditions;
  };

  void imported(const Imported& imported);
  void imported_body(const Imported& imported, const Body& body);
  void block(const Block& block, int layer);
  void body(const Body& body, const Context& context);
  bool belongs(const Statement& statement, const Context& context);

  // Statements.
  void visit(const Assign& s, const Statement& at, const Context& context);
  void visit(const Domain& s, const Statement& at, const Context& context);
  void visit(const Group& s, const Statement& at, const Context& context);
  void visit(const Goal& s, const Statement& at, const Context& context);
  void visit(const Expect& s, const Statement& at, const Context& context);
  void visit(const SubjectTo& s, const Statement& at, const Context& context);
  void visit(const Verify& s, const Statement& at, const Context& context);
  void visit(const Derive& s, const Statement& at, const Context& context);
  void visit(const Require& s, const Statement& at, const Context& context);
  void visit(const When& s, const Statement& at, const Context& context);
  void visit(const Vary& s, const Statement& at, const Context& context);
  void visit(const Hold& s, const Statement& at, const Context& context);
  void visit(const Guard& s, const Statement& at, const Context& context);
  void visit(const Stop& s, const Statement& at, const Context& context);
  void visit(const Checkpoint& s, const Statement& at, const Context& context);
  void visit(const On& s, const Statement& at, const Context& context);
  void visit(const Fact& s, const Statement& at, const Context& context);
  void visit(const Claim& s, const Statement& at, const Context& context);
  void visit(const Rule& s, const Statement& at, const Context& context);

  // Settings.
  bool tuning_word(const Assign& s, const Context& context);
  void assign(const std::string& path, const Span& at, const Expr& value, const Context& context);
  void assign_call(const std::string& path, const Span& at, const Expr& value, const Call& call,
                   const Context& context);
  void spread(const Field& kind, const Call& call, const Context& context);
  void define(Definition definition, const Context& context);
  const Field* resolve(const std::string& path, const Span& at);  // reports E0301, E0302, E0308
  const Field* resolve_kind(const std::string& path);  // `path.kind`, or a choice named `path`; quiet
  bool later_setting(const std::string& path, const Span& at, const Context& context);
  const Field* resolve_setting(const std::string& path, const Span& at);  // also `path` for `path.kind`

  // Not run.
  void strategy(const Expr& expr, const Context& context);
  void strategy_call(const Call& call, const Span& at, const Context& context);
  void budget(const Expr& expr);
  void not_run(std::string kind, std::string name, const Span& span, const Context& context);
  void evidence(const Body& body);
  void later(const ExprPtr& expr, std::optional<Role> role = {});
  void later(const std::vector<Act>& acts);

  const Program& program_;
  const Names& names_;
  Report& report_;
  Model model_;
  struct Labelled {
    int layer;
    size_t index;  // into model_.not_run
  };
  std::map<std::pair<std::string, std::string>, Labelled> labelled_;
  struct Strategy {
    const Expr* expr = nullptr;
    Context context;
  };
  Strategy strategy_;
  int strategy_layer_ = -1;
};

}  // namespace ascender::spec
