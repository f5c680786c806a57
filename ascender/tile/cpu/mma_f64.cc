#include "ascender/tile/cpu/mma.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/tile/cpu/mma_f64.cc"
#include "ascender/tile/cpu/foreach_target.h"
#include "ascender/tile/cpu/mma_kernels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

extern const MmaTable<double> kMmaDouble;
constexpr MmaTable<double> kFilled = make_mma_table<double>();
const MmaTable<double> kMmaDouble = kFilled;

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
