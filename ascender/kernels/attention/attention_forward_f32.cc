#include "ascender/kernels/attention/attention_cpu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/attention/attention_forward_f32.cc"
#include "ascender/tile/cpu/foreach_target.h"
// keep apart: Highway's order matters
#include "ascender/kernels/attention/attention_forward-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

void forward_f32(const AttentionProblem& p, int64_t b, int64_t h, int64_t block, void* tiles) {
  forward_block<float, float>(p, b, h, block, tiles);
}
void forward_bf16(const AttentionProblem& p, int64_t b, int64_t h, int64_t block, void* tiles) {
  forward_block<float, Bf16>(p, b, h, block, tiles);
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {

const PerTarget<AttentionForwardBlock> kAttentionForwardF32 = ASC_PER_TARGET(forward_f32);
const PerTarget<AttentionForwardBlock> kAttentionForwardBf16 = ASC_PER_TARGET(forward_bf16);

}  // namespace ascender
#endif
