#include "ascender/tile/cpu/mma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/tile/cpu/mma_f32.cc"
#include "ascender/tile/cpu/foreach_target.h"
#include "ascender/tile/cpu/mma_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

extern const MmaTable<float> kMmaFloat;
constexpr MmaTable<float> kFilled = make_mma_table<float>();
const MmaTable<float> kMmaFloat = kFilled;

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
