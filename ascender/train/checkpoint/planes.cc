#include "ascender/train/checkpoint/planes.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "ascender/base/check.h"

namespace ascender {
namespace {

// Word: the element as an unsigned integer. Rotate: bits to the left.
template <class Word, int Rotate>
void split(const std::byte* __restrict elements, size_t count, std::byte* __restrict planes) {
  for (size_t i = 0; i < count; ++i) {
    Word word;
    std::memcpy(&word, elements + i * sizeof(Word), sizeof(Word));
    word = std::rotl(word, Rotate);
    for (size_t k = 0; k < sizeof(Word); ++k) planes[k * count + i] = static_cast<std::byte>(word >> (8 * k));
  }
}

template <class Word, int Rotate>
void join(const std::byte* __restrict planes, size_t count, std::byte* __restrict elements) {
  for (size_t i = 0; i < count; ++i) {
    Word word = 0;
    for (size_t k = 0; k < sizeof(Word); ++k) {
      word = static_cast<Word>(word | static_cast<Word>(static_cast<Word>(planes[k * count + i]) << (8 * k)));
    }
    word = std::rotr(word, Rotate);
    std::memcpy(elements + i * sizeof(Word), &word, sizeof(Word));
  }
}

}  // namespace

void split_planes(DType dtype, std::span<const std::byte> elements, std::span<std::byte> planes) {
  const size_t count = elements.size() / static_cast<size_t>(size_of(dtype));
  ASC_CHECK(
      planes.size() == elements.size() && count * static_cast<size_t>(size_of(dtype)) == elements.size(),
      "[planes] {} bytes of {} into {}", elements.size(), name_of(dtype), planes.size());
  switch (dtype) {
    case DType::kF32:
      return split<uint32_t, 1>(elements.data(), count, planes.data());
    case DType::kF64:
      return split<uint64_t, 1>(elements.data(), count, planes.data());
    case DType::kBf16:
      return split<uint16_t, 1>(elements.data(), count, planes.data());
    case DType::kI32:
      return split<uint32_t, 0>(elements.data(), count, planes.data());
  }
}

void join_planes(DType dtype, std::span<const std::byte> planes, std::span<std::byte> elements) {
  const size_t count = elements.size() / static_cast<size_t>(size_of(dtype));
  ASC_CHECK(
      planes.size() == elements.size() && count * static_cast<size_t>(size_of(dtype)) == elements.size(),
      "[planes] {} bytes into {} of {}", planes.size(), elements.size(), name_of(dtype));
  switch (dtype) {
    case DType::kF32:
      return join<uint32_t, 1>(planes.data(), count, elements.data());
    case DType::kF64:
      return join<uint64_t, 1>(planes.data(), count, elements.data());
    case DType::kBf16:
      return join<uint16_t, 1>(planes.data(), count, elements.data());
    case DType::kI32:
      return join<uint32_t, 0>(planes.data(), count, elements.data());
  }
}

}  // namespace ascender
