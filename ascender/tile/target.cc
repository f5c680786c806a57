#include "ascender/tile/target.h"

#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"

namespace ascender {
namespace {

constexpr std::array kAll = {Target::kAvx512, Target::kAvx2, Target::kBaseline};
constexpr int kUnsettled = -1;
std::atomic<int> settled = kUnsettled;

Target settle() {
  Target target = simd_targets().front();
  if (const char* wanted = std::getenv("ASCENDER_TARGET"); wanted != nullptr && *wanted != '\0') {
    bool known = false;
    for (const Target each : kAll) {
      if (std::string(wanted) != name_of(each)) continue;
      target = each;
      known = true;
    }
    if (!known) {
      throw InputError("E0916", fmt::format("ASCENDER_TARGET is `{}`", wanted),
                       "use avx512, avx2 or baseline");
    }
    if (!runs_here(target)) throw EnvironmentError(fmt::format("this CPU or this build has no {}", wanted));
  }
  settled.store(static_cast<int>(target), std::memory_order_relaxed);
  return target;
}

}  // namespace

const char* name_of(Target target) {
  switch (target) {
    case Target::kAvx512:
      return "avx512";
    case Target::kAvx2:
      return "avx2";
    case Target::kBaseline:
      return "baseline";
  }
  return "?";
}

namespace {

bool in_this_build(Target target) {
#ifdef ASC_WITHOUT_AVX512
  if (target == Target::kAvx512) return false;
#endif
#ifdef ASC_WITHOUT_AVX2
  if (target == Target::kAvx2) return false;
#endif
  return target == Target::kBaseline || target == Target::kAvx2 || target == Target::kAvx512;
}

bool cpu_has(Target target) {
#if defined(__x86_64__)
  switch (target) {
    case Target::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
             cpu_has(Target::kAvx2);
    case Target::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
             __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("f16c");
    case Target::kBaseline:
      return __builtin_cpu_supports("ssse3");
  }
  return false;
#else
  return target == Target::kBaseline;
#endif
}

}  // namespace

bool runs_here(Target target) { return in_this_build(target) && cpu_has(target); }

Target simd_target() {
  const int now = settled.load(std::memory_order_relaxed);
  return now == kUnsettled ? settle() : static_cast<Target>(now);
}

void force_simd_target(Target target) {
  ASC_CHECK(runs_here(target), "this CPU or this build has no {}", name_of(target));
  settled.store(static_cast<int>(target), std::memory_order_relaxed);
}

std::span<const Target> simd_targets() {
  static const std::vector<Target> here = [] {
    std::vector<Target> targets;
    for (const Target each : kAll) {
      if (runs_here(each)) targets.push_back(each);
    }
    return targets;
  }();
  if (here.empty()) throw EnvironmentError("this CPU has none of AVX-512, AVX2, SSSE3");
  return here;
}

}  // namespace ascender
