// Compiles the including file once for each SIMD target: AVX-512, AVX2 and the portable baseline of 128-bit
// vectors (SSSE3 on x86, the compiler's own target elsewhere). Use:
//   #undef HWY_TARGET_INCLUDE
//   #define HWY_TARGET_INCLUDE "ascender/kernels/x/x_cpu.cc"   // the file itself
//   #include "ascender/tile/cpu/foreach_target.h"
//   #include "ascender/tile/cpu/tile-inl.h"
//   HWY_BEFORE_NAMESPACE();
//   namespace ascender::HWY_NAMESPACE { void f(...) {...} }
//   HWY_AFTER_NAMESPACE();
//   #if HWY_ONCE
//   namespace ascender { constexpr auto kF = ASC_PER_TARGET(f);  ... kF.chosen()(...) }
//   #endif
#define HWY_WANT_SSSE3 1
#ifdef ASC_WITHOUT_AVX512
#define ASC_AVX512_BIT HWY_AVX3
#else
#define ASC_AVX512_BIT 0
#endif
#ifdef ASC_WITHOUT_AVX2
#define ASC_AVX2_BIT HWY_AVX2
#else
#define ASC_AVX2_BIT 0
#endif
#define HWY_DISABLED_TARGETS \
  (HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | ASC_AVX512_BIT | ASC_AVX2_BIT)
#include "hwy/foreach_target.h"
// keep apart: Highway's order matters
#include "hwy/highway.h"
