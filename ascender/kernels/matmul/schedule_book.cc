#include "ascender/kernels/matmul/schedule_book.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/base/file.h"
#include "ascender/kernels/matmul/matmul_cpu.h"
#include "ascender/tile/machine.h"

namespace ascender {
namespace {

using json = nlohmann::json;
using Plans = std::map<MatmulShape, MatmulPlan>;

// Readers take the pointer without a lock; what it points to never changes and is never freed while the
// process lives.
struct Book {
  std::atomic<const Plans*> plans{nullptr};
  std::atomic<int> forced{-1};
  std::mutex writing;
  std::vector<std::unique_ptr<const Plans>> kept;

  const Plans* adopt(Plans fresh) {
    kept.push_back(std::make_unique<const Plans>(std::move(fresh)));
    plans.store(kept.back().get(), std::memory_order_release);
    return kept.back().get();
  }
};
Book& book() {
  static Book one;
  return one;
}

std::string key_of(const MatmulShape& s) {
  constexpr const char* kKinds[] = {"nn", "nt", "tn"};
  return fmt::format("{} {} {} {} {}", kKinds[static_cast<int>(s.kind)], name_of(s.dtype), s.M, s.N, s.K);
}

bool in_table(const MatmulPlan& plan) { return plan.schedule >= 0 && plan.schedule < kNumMatmulSchedules; }

// Rows are {"nn f32 1024 1024 1024": [schedule, pack_a, pack_b]}; what does not parse is left out.
Plans parse_plans(const json& rows) {
  Plans plans;
  for (const auto& [key, row] : rows.items()) {
    char kind[8], dtype[8];
    long long M = 0, N = 0, K = 0;
    if (std::sscanf(key.c_str(), "%7s %7s %lld %lld %lld", kind, dtype, &M, &N, &K) != 5 || row.size() != 3)
      continue;
    for (const MatmulKind k : {MatmulKind::kNN, MatmulKind::kNT, MatmulKind::kTN}) {
      for (const DType d : {DType::kF32, DType::kF64, DType::kBf16}) {
        const MatmulShape shape{k, d, M, N, K};
        const MatmulPlan plan{row[0].get<int>(), row[1].get<bool>(), row[2].get<bool>()};
        if (key_of(shape) == key && in_table(plan)) plans[shape] = plan;
      }
    }
  }
  return plans;
}

json read_all() {
  const std::string path = schedule_file();
  if (!std::filesystem::exists(path)) return json::object();
  try {
    json all = json::parse(read_file(path));
    if (all.is_object() && all.value("format", 0) == 1) return all;
    fmt::print(stderr, "note: {} is of another format; schedules are chosen without it\n", path);
  } catch (const std::exception& error) {  // a cache: whatever is wrong with it, work goes on
    fmt::print(stderr, "note: {} cannot be used ({}); schedules are chosen without it\n", path, error.what());
  }
  return json::object();
}

Plans plans_of_file() {
  const json all = read_all();
  const std::string machine = machine_name();
  try {
    if (all.contains("machines") && all["machines"].contains(machine))
      return parse_plans(all["machines"][machine]);
  } catch (const json::exception& error) {
    fmt::print(stderr, "note: {} is damaged ({}); schedules are chosen without it\n", schedule_file(),
               error.what());
  }
  return {};
}

int index_of(const MatmulPlan& plan) {
  return plan.schedule * 4 + (plan.pack_a ? 2 : 0) + (plan.pack_b ? 1 : 0);
}

std::optional<MatmulPlan> plan_of_environment() {
  const char* text = std::getenv("ASCENDER_SCHEDULE");
  if (text == nullptr || *text == '\0') return std::nullopt;
  for (int i = 0; i < num_plans(); ++i) {
    const MatmulPlan plan = plan_at(i);
    if (fmt::format("{},{:d},{:d}", plan.schedule, plan.pack_a, plan.pack_b) == text) return plan;
  }
  throw InputError("E0917", fmt::format("ASCENDER_SCHEDULE is `{}`", text),
                   fmt::format("use INDEX,A,B: INDEX from 0 to {}, A and B 0 or 1, such as 0,0,1",
                               kNumMatmulSchedules - 1));
}

const Plans& first_plans() {
  const std::scoped_lock lock(book().writing);
  if (const Plans* plans = book().plans.load(std::memory_order_acquire)) return *plans;
  if (const auto plan = plan_of_environment()) book().forced.store(index_of(*plan));
  return *book().adopt(plans_of_file());
}

}  // namespace

// Found by measuring every plan on the shapes of matmul_bench.cc (docs/results/matmul.md).
MatmulPlan static_plan(const MatmulShape& s) {
  const int64_t pack = s.dtype == DType::kF64 ? 8 : 16;
  constexpr int kWide = 0, kNarrow = 1, kMiddle = 2, kDeep = 3;
  if (s.N <= 2 * pack) return {kNarrow, false, s.M > 64};
  // Few rows: packing B would not be paid back before B has left the caches.
  if (s.kind == MatmulKind::kTN && s.M <= 256 && s.K <= 1024) {
    return {s.N <= 4 * pack ? kWide : s.N <= 8 * pack || s.M > 64 ? kNarrow : kMiddle, false, false};
  }
  if (s.kind == MatmulKind::kNN && s.M <= 256 && s.K <= 1024) return {kDeep, false, false};
  // A deep product of few columns: its slices of B are whole lines, which packing would only copy.
  if (s.kind == MatmulKind::kTN && s.M <= 128 && s.N <= 16 * pack) return {kNarrow, false, false};
  // A turned A: worth packing where many columns use it; else its slices, a line each, are taken in short
  // pieces.
  if (s.kind == MatmulKind::kTN && s.M >= 256 && s.N >= 512) return {kDeep, true, true};
  if (s.kind == MatmulKind::kTN && s.M > 128 && s.K >= 768) return {kNarrow, false, true};
  return {kDeep, false, true};
}

int num_plans() { return kNumMatmulSchedules * 4; }
MatmulPlan plan_at(int index) { return {index / 4, (index & 2) != 0, (index & 1) != 0}; }

MatmulPlan plan_of(const MatmulShape& shape) {
  const Plans* plans = book().plans.load(std::memory_order_acquire);
  if (plans == nullptr) plans = &first_plans();
  const int forced = book().forced.load(std::memory_order_relaxed);
  if (forced >= 0) return plan_at(forced);
  if (plans->empty()) return static_plan(shape);
  const auto found = plans->find(shape);
  return found == plans->end() ? static_plan(shape) : found->second;
}

void force_plan(std::optional<MatmulPlan> plan) {
  if (book().plans.load(std::memory_order_acquire) == nullptr) first_plans();
  ASC_CHECK(!plan || in_table(*plan), "no schedule {}", plan->schedule);
  book().forced.store(plan ? index_of(*plan) : -1);
}

int reload_plans() {
  const std::scoped_lock lock(book().writing);
  return static_cast<int>(book().adopt(plans_of_file())->size());
}

void keep_plan(const MatmulShape& shape, const MatmulPlan& plan) {
  ASC_CHECK(in_table(plan), "no schedule {}", plan.schedule);
  const std::scoped_lock lock(book().writing);
  json all = read_all();
  all["format"] = 1;
  all["machines"][machine_name()][key_of(shape)] = {plan.schedule, plan.pack_a, plan.pack_b};
  std::filesystem::create_directories(std::filesystem::path(schedule_file()).parent_path());
  write_file(schedule_file(), all.dump(1));
  book().adopt(plans_of_file());
}

std::string schedule_file() { return cache_file("ASCENDER_SCHEDULES", "schedules.json"); }

}  // namespace ascender
