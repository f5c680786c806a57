#include "ascender/kernels/attention/attention_cpu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/attention/attention_backward_f64.cc"
#include "ascender/tile/cpu/foreach_target.h"
// keep apart: Highway's order matters
#include "ascender/kernels/attention/attention_backward-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

AttentionBackwardBody body_f64() { return backward_body<double>(); }

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {

AttentionBackwardBody attention_backward_f64() {
  static constexpr auto kBodies = ASC_PER_TARGET(body_f64);
  return kBodies.chosen()();
}

}  // namespace ascender
#endif
