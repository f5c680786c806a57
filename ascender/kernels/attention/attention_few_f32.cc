#include "ascender/kernels/attention/attention_cpu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/attention/attention_few_f32.cc"
#include "ascender/tile/cpu/foreach_target.h"
// keep apart: Highway's order matters
#include "ascender/kernels/attention/attention_few-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

void forward_few_f32(const AttentionProblem& p, int64_t b, int64_t h, int64_t block, void* tiles) {
  forward_few<float>(p, b, h, block, tiles);
}
void backward_few_f32(const AttentionBackwardProblem& g, int64_t b, int64_t hk, void* tiles) {
  backward_few<float>(g, b, hk, tiles);
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {

const PerTarget<AttentionForwardBlock> kAttentionForwardFewF32 = ASC_PER_TARGET(forward_few_f32);
const PerTarget<AttentionBackwardFew> kAttentionBackwardFewF32 = ASC_PER_TARGET(backward_few_f32);

}  // namespace ascender
#endif
