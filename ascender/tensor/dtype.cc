#include "ascender/tensor/dtype.h"

#include "ascender/base/check.h"

namespace ascender {

const char* name_of(DType dtype) {
  static constexpr const char* kNames[] = {"f32", "f64", "bf16", "i32"};
  return kNames[static_cast<size_t>(dtype)];
}

void bad_dtype(DType dtype, const char* where) {
  ASC_CHECK(false, "[{}] dtype must be f32 or f64, got {}", where, name_of(dtype));
  __builtin_unreachable();
}

}  // namespace ascender
