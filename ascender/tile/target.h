// Which SIMD target runs: the best that the CPU has, or the one that ASCENDER_TARGET names (avx512, avx2,
// baseline). A run records it: the baseline of x86 has no fused multiply-add, so its bits differ from those
// of the others.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace ascender {

enum class Target { kAvx512, kAvx2, kBaseline };

const char* name_of(Target target);  // "avx512", "avx2", "baseline"
bool runs_here(Target target);       // the CPU has it, and the build

// The target in force, settled at the first call. InputError when ASCENDER_TARGET names none,
// EnvironmentError when the CPU lacks it. Asking costs a load.
Target simd_target();
// Overrides the target, for tests and benchmarks. REQUIRES: runs_here(target), no kernel running.
void force_simd_target(Target target);

// Targets that this machine can run, best first.
std::span<const Target> simd_targets();

// One function, compiled for every target; filled by ASC_PER_TARGET. Indexing is one load: no chooser is
// called.
template <class Function>
struct PerTarget {
  std::array<Function, 3> functions;
  Function chosen() const { return functions[static_cast<size_t>(simd_target())]; }
  Function of(Target target) const { return functions[static_cast<size_t>(target)]; }
};
template <class Function>
PerTarget(std::array<Function, 3>) -> PerTarget<Function>;

}  // namespace ascender

// The functions `name` of the per-target namespaces, in a file compiled through tile/cpu/foreach_target.h.
// A build may leave targets out (ASC_WITHOUT_AVX512, ASC_WITHOUT_AVX2): runs_here is false for them.
#ifdef ASC_WITHOUT_AVX512
#define ASC_N_AVX512 N_SSSE3
#else
#define ASC_N_AVX512 N_AVX3
#endif
#ifdef ASC_WITHOUT_AVX2
#define ASC_N_AVX2 N_SSSE3
#else
#define ASC_N_AVX2 N_AVX2
#endif
#if defined(__x86_64__)
#define ASC_PER_TARGET(name)                                              \
  ::ascender::PerTarget {                                                 \
    std::array { &ASC_N_AVX512::name, &ASC_N_AVX2::name, &N_SSSE3::name } \
  }
#else
#define ASC_PER_TARGET(name)                                                                          \
  ::ascender::PerTarget {                                                                             \
    std::array { &HWY_STATIC_DISPATCH(name), &HWY_STATIC_DISPATCH(name), &HWY_STATIC_DISPATCH(name) } \
  }
#endif
