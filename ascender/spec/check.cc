#include "ascender/spec/check.h"

#include "ascender/spec/arms.h"
#include "ascender/spec/later.h"
#include "ascender/spec/model.h"
#include "ascender/spec/seeds.h"

namespace ascender::spec {
CheckResult check(const std::filesystem::path& file, std::span<const std::string> overrides,
                  const Schema& schema) {
  return check(file, overrides, schema, read_from_disk);
}

CheckResult check(const std::filesystem::path& file, std::span<const std::string> overrides,
                  const Schema& schema, const ReadFile& read) {
  const Names names(schema);
  Report report;
  CheckResult result;
  const Program program = load(file, overrides, names, read, report);
  Model model = collect(program, names, report);
  check_later(model, names, report);
  prefer_stronger_seeds(model, report);
  result.resolved.name = model.name;
  result.resolved.not_run = std::move(model.not_run);
  result.resolved.seeds = seeds_of(model, names, report);
  make_arms(model, names, result.resolved, report);
  result.errors = report.take_errors();
  result.warnings = report.take_warnings();
  return result;
}

}  // namespace ascender::spec
