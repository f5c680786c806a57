// Values of settings at one point of the grid: each is worked out when it is first read, so that the order of
// statements does not matter.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ascender/spec/domain.h"
#include "ascender/spec/model.h"

namespace ascender::spec {

using Point = std::map<std::string, Value>;  // of the settings that vary

class Resolver : public Scope {
 public:
  struct Setting {
    Value value;
    Span span;             // none when the schema's default stands
    bool declared = true;  // by a file or an override
  };

  Resolver(const Model& model, const Names& names, const Point& point, Report& report);

  // The value of a setting here; nothing when it does not exist here (`when`) or is at fault (reported).
  std::optional<Setting> setting(const Field& field);
  // True when it takes part here: no `when` declares it, or one that is taken does.
  bool exists(const Field& field);
  bool holds(const Conditions& conditions);
  // The domain in force, for values that must lie in it; nothing when there is none.
  std::optional<DomainSet> domain(const Definition& definition);
  // Checks what is in force and what is not: types of all definitions, all derived values.
  void check_definition(const Definition& definition);
  void check_derived();
  Outcome truth(const Expr& condition) { return evaluator_.truth(condition); }

  // Faults of this point that may be none elsewhere: a setting given where it does not exist (E0507).
  const std::vector<Diagnostic>& soft_faults() const { return soft_; }

  Outcome read(const Path& path) override;
  std::string suggest(const Path& path) override;

 private:
  enum class Status { kBusy, kDone, kAbsent };
  struct Memo {
    Status status = Status::kBusy;
    std::optional<Setting> setting;
  };

  Outcome read_setting(const Field& field, const Path& path);
  Outcome read_derived(const std::string& name, const std::vector<Derived>& candidates, const Path& path);
  Memo& settle(const Field& field);
  std::vector<const Definition*> in_force(const std::vector<size_t>& indices);
  std::optional<Setting> choose(const Field& field, const std::vector<const Definition*>& active);
  const Definition* strongest(const std::vector<const Definition*>& active, bool domains);
  std::optional<Setting> value_of(const Definition& definition, const Expr& value);
  std::optional<Setting> without_default(const Field& field, const Definition& domain,
                                         const std::vector<const Definition*>& active);
  bool inside(const Setting& setting, const Definition& domain, const Field& field);
  bool reject_absent(const std::vector<size_t>& indices);
  void report_absent(const std::string& path, const Span& at, const Conditions& conditions, bool soft);

  const Model& model_;
  const Names& names_;
  const Point& point_;
  Report& report_;
  Evaluator evaluator_;
  std::string alias_;  // of the import whose expression is being read
  std::map<const Field*, Memo> settings_;
  std::map<const Expr*, std::optional<bool>> conditions_;
  std::map<std::string, std::optional<Outcome>> derived_;
  std::vector<Diagnostic> soft_;
};

}  // namespace ascender::spec
