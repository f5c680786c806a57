#include "ascender/spec/check.h"

#include <algorithm>
#include <fmt/core.h>
#include <set>

#include "ascender/spec/arms.h"
#include "ascender/spec/later.h"
#include "ascender/spec/model.h"
#include "ascender/spec/resolve.h"

namespace ascender::spec {
namespace {

// seeds = {1, 2, 3}, 1 .. 5, or one number.
std::vector<int64_t> seeds_of(const Model& model, const Names& names, Report& report) {
  if (model.seeds == nullptr) return {};
  const Field field{.path = "seeds", .type = ValueType::kIntList, .fallback = {}, .text = "", .minimum = 0};
  const Point nowhere;
  Resolver resolver(model, names, nowhere, report);
  Evaluator evaluator(resolver, report, model.has_syntax_errors);
  const Outcome out = evaluator.evaluate(*model.seeds);
  if (!out.known()) return {};
  const auto value = to_value(out.value, field, model.seeds->span, report);
  if (!value) return {};
  const auto& seeds = std::get<std::vector<int64_t>>(*value);
  if (seeds.empty()) report.error("E0509", "there must be at least one seed", model.seeds->span);
  std::set<int64_t> seen;
  for (int64_t seed : seeds) {
    if (seen.insert(seed).second) continue;
    report.error("E0509", fmt::format("seed {} stands twice: its runs would be the same run", seed),
                 model.seeds->span);
  }
  return seeds;
}

}  // namespace

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
  result.resolved.name = model.name;
  result.resolved.not_run = std::move(model.not_run);
  result.resolved.seeds = seeds_of(model, names, report);
  make_arms(model, names, result.resolved, report);
  result.errors = report.take_errors();
  result.warnings = report.take_warnings();
  return result;
}

}  // namespace ascender::spec
