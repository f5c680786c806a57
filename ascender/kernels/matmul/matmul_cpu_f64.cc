#include "ascender/kernels/matmul/matmul_cpu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/matmul/matmul_cpu_f64.cc"
#include "ascender/tile/cpu/foreach_target.h"
// keep apart: Highway's order matters
#include "ascender/kernels/matmul/matmul_cpu-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

PanelFunction<double> panel_f64(int schedule, EpilogueKind kind) {
  static constexpr auto kTable = make_panels<double>(std::make_integer_sequence<int, kNumMatmulSchedules>());
  return kTable[static_cast<size_t>(schedule)][static_cast<size_t>(kind)];
}
const PackFunctions<double>& packs_f64() {
  static constexpr PackFunctions<double> kFunctions = make_pack_functions<double>();
  return kFunctions;
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {

template <>
PanelFunction<double> panel_function<double>(Target target, int schedule, EpilogueKind kind) {
  static constexpr auto kPanel = ASC_PER_TARGET(panel_f64);
  return kPanel.of(target)(schedule, kind);
}
template <>
const PackFunctions<double>& pack_functions<double>(Target target) {
  static constexpr auto kPacks = ASC_PER_TARGET(packs_f64);
  return kPacks.of(target)();
}

}  // namespace ascender
#endif
