#include "ascender/kernels/matmul/matmul_cpu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/matmul/matmul_cpu_f32.cc"
#include "ascender/tile/cpu/foreach_target.h"
// keep apart: Highway's order matters
#include "ascender/kernels/matmul/matmul_cpu-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

PanelFunction<float> panel_f32(int schedule, EpilogueKind kind) {
  static constexpr auto kTable = make_panels<float>(std::make_integer_sequence<int, kNumMatmulSchedules>());
  return kTable[static_cast<size_t>(schedule)][static_cast<size_t>(kind)];
}
const PackFunctions<float>& packs_f32() {
  static constexpr PackFunctions<float> kFunctions = make_pack_functions<float>();
  return kFunctions;
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {

template <>
PanelFunction<float> panel_function<float>(Target target, int schedule, EpilogueKind kind) {
  static constexpr auto kPanel = ASC_PER_TARGET(panel_f32);
  return kPanel.of(target)(schedule, kind);
}
template <>
const PackFunctions<float>& pack_functions<float>(Target target) {
  static constexpr auto kPacks = ASC_PER_TARGET(packs_f32);
  return kPacks.of(target)();
}

}  // namespace ascender
#endif
