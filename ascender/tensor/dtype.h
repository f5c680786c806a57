// Element types. f32 and f64 go through a whole training step; bf16 is storage for matmul and attention; i32
// holds token ids.
#pragma once

#include <cstdint>

namespace ascender {

enum class DType : uint8_t { kF32, kF64, kBf16, kI32 };

struct Bf16 {
  uint16_t bits = 0;
};

constexpr int size_of(DType dtype) { return dtype == DType::kF64 ? 8 : dtype == DType::kBf16 ? 2 : 4; }
const char* name_of(DType dtype);

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::kF32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::kF64;
};
template <>
struct DTypeOf<Bf16> {
  static constexpr DType value = DType::kBf16;
};
template <>
struct DTypeOf<int32_t> {
  static constexpr DType value = DType::kI32;
};
template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

// Calls visit.template operator()<T>() with T = float or double; anything else is a bug of the caller.
[[noreturn]] void bad_dtype(DType dtype, const char* where);
template <class Visit>
auto visit_real(DType dtype, const char* where, Visit&& visit) {
  switch (dtype) {
    case DType::kF32:
      return visit.template operator()<float>();
    case DType::kF64:
      return visit.template operator()<double>();
    default:
      bad_dtype(dtype, where);
  }
}

}  // namespace ascender
