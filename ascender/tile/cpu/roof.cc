#include "ascender/tile/roof.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "ascender/base/file.h"
#include "ascender/tensor/arena.h"
#include "ascender/tile/machine.h"
#include "ascender/tile/target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/tile/cpu/roof.cc"
#include "ascender/tile/cpu/foreach_target.h"
// keep apart: Highway's order matters
#include "ascender/tile/cpu/pack-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

// As many chains as hide the latency of two units, with registers to spare.
inline constexpr int kChains = (HWY_TARGET == HWY_AVX3 ? 24 : 12) / kParts<float>;

float multiply_add_in_registers(int64_t steps) {
  Pack<float> x[kChains];
#pragma GCC unroll 24
  for (int i = 0; i < kChains; ++i) x[i] = splat(static_cast<float>(i));
  const Pack<float> scale = splat(0.999f), shift = splat(1e-3f);
  for (int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 24
    for (int i = 0; i < kChains; ++i) x[i] = fma(x[i], scale, shift);
  }
  Pack<float> all = x[0];
  for (int i = 1; i < kChains; ++i) all = all + x[i];
  return sum(all);
}
double multiply_add_flops(int64_t steps) {
  return 2.0 * kChains * kLanes<float> * static_cast<double>(steps);
}

void triad(float* a, const float* b, const float* c, int64_t count) {
  const Pack<float> scale = splat(0.5f);
  for (int64_t i = 0; i < count; i += kLanes<float>) store(fma(load(c + i), scale, load(b + i)), a + i);
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {
namespace {

using json = nlohmann::json;

constexpr auto kMultiplyAdd = ASC_PER_TARGET(multiply_add_in_registers);
constexpr auto kFlops = ASC_PER_TARGET(multiply_add_flops);
constexpr auto kTriad = ASC_PER_TARGET(triad);

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The shortest of many samples of work(), for about `budget` seconds.
template <class Work>
double best_seconds(double budget, const Work& work) {
  double best = 1e30;
  for (const double end = seconds_now() + budget; seconds_now() < end;) {
    const double start = seconds_now();
    work();
    best = std::min(best, seconds_now() - start);
  }
  return best;
}

double measure_flops(Threads& threads, int workers) {
  constexpr int64_t kSteps = 100'000;
  std::vector<float> results(static_cast<size_t>(workers) * 64);
  const double seconds = best_seconds(0.4, [&] {
    const auto task = [&](int64_t i) {
      results[static_cast<size_t>(i) * 64] = kMultiplyAdd.chosen()(kSteps);
    };
    if (workers == 1) return task(0);
    threads.parallel(workers, task);
  });
  return kFlops.chosen()(kSteps) * workers / seconds;
}

double measure_triad(size_t bytes) {
  const auto count = static_cast<int64_t>(bytes / 12 / 16 * 16);
  const Reservation memory(bytes + 4096);
  auto* a = reinterpret_cast<float*>(memory.data());
  std::fill_n(a, 3 * count, 1.0f);
  const auto rounds = std::max<int64_t>(1, (int64_t{1} << 18) / count);
  const double seconds = best_seconds(0.25, [&] {
    for (int64_t i = 0; i < rounds; ++i) kTriad.chosen()(a, a + count, a + 2 * count, count);
  });
  return 12.0 * static_cast<double>(count * rounds) / seconds;
}

std::optional<Roof> read_roof() {
  if (!std::filesystem::exists(roof_file())) return std::nullopt;
  try {
    const json all = json::parse(read_file(roof_file()));
    const auto found = all.find(machine_name());
    if (found == all.end()) return std::nullopt;
    Roof r;
    r.flops_one = found->at("flops_one").get<double>();
    r.flops_all = found->at("flops_all").get<double>();
    r.threads = found->at("threads").get<int>();
    r.bytes = found->at("bytes").get<std::array<double, 4>>();
    return r.flops_one > 0 ? std::optional(r) : std::nullopt;
  } catch (const std::exception& error) {  // a cache: unknown is an answer
    fmt::print(stderr, "note: {} cannot be used ({})\n", roof_file(), error.what());
    return std::nullopt;
  }
}

struct Known {
  std::mutex mutex;
  bool read = false;
  std::optional<Roof> roof;
};
Known& known() {
  static Known one;
  return one;
}

void keep_roof(const Roof& r) {
  json all = json::object();
  try {
    if (std::filesystem::exists(roof_file())) all = json::parse(read_file(roof_file()));
  } catch (const json::exception&) {  // damaged: written anew
    all = json::object();
  }
  all[machine_name()] = {
      {"flops_one", r.flops_one}, {"flops_all", r.flops_all}, {"threads", r.threads}, {"bytes", r.bytes}};
  std::filesystem::create_directories(std::filesystem::absolute(roof_file()).parent_path());
  write_file(roof_file(), all.dump(1));
  const std::scoped_lock lock(known().mutex);
  known().roof = r;
  known().read = true;
}

}  // namespace

double Roof::flops(int n) const {
  if (n <= 1 || threads <= 1) return flops_one;
  if (n >= threads) return flops_all;
  return flops_one + (flops_all - flops_one) * (n - 1) / (threads - 1);
}

std::optional<Roof> roof() {
  const std::scoped_lock lock(known().mutex);
  if (!known().read) known().roof = read_roof();
  known().read = true;
  return known().roof;
}

Roof measure_roof(Threads& threads) {
  Roof r;
  r.threads = threads.count();
  r.flops_one = measure_flops(threads, 1);
  r.flops_all = r.threads == 1 ? r.flops_one : measure_flops(threads, r.threads);
  for (size_t level = 0; level < kRoofBytes.size(); ++level)
    r.bytes[level] = measure_triad(kRoofBytes[level]);
  keep_roof(r);
  return r;
}

std::string roof_file() { return cache_file("ASCENDER_ROOF", "roof.json"); }

}  // namespace ascender
#endif
