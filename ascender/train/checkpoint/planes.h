// Byte planes: the first bytes of all elements, then all second bytes, and so on. Exponents of neighbours are
// alike and mantissas are noise, so the planes compress where the elements do not (ZipNN, Hershcovitch et al.
// 2024). Floats are rotated left by one bit first: that brings the whole exponent into one byte and the sign
// beside the mantissa.
#pragma once

#include <cstddef>
#include <span>

#include "ascender/tensor/dtype.h"

namespace ascender {

// REQUIRES: equal sizes, a multiple of the element's; no overlap. Each undoes the other, to the bit.
void split_planes(DType dtype, std::span<const std::byte> elements, std::span<std::byte> planes);
void join_planes(DType dtype, std::span<const std::byte> planes, std::span<std::byte> elements);

}  // namespace ascender
