#include "ascender/tensor/tensor.h"

#include <fmt/ranges.h>
#include <span>

namespace ascender {

Shape Shape::with(int axis, int64_t extent) const {
  Shape out = *this;
  if (axis < 0) axis += rank;
  ASC_CHECK(axis >= 0 && axis < rank, "axis {} of {}", axis, text());
  out.extents[static_cast<size_t>(axis)] = extent;
  return out;
}

std::string Shape::text() const {
  return fmt::format("[{}]", fmt::join(std::span(extents.data(), static_cast<size_t>(rank)), ","));
}

bool Tensor::contiguous() const {
  int64_t stride = 1;
  for (int axis = rank() - 1; axis >= 0; --axis) {
    if (size(axis) != 1 && this->stride(axis) != stride) return false;
    stride *= size(axis);
  }
  return true;
}

Tensor Tensor::reshape(const Shape& shape) const {
  ASC_CHECK(contiguous(), "reshape of a strided view {}", shape_.text());
  ASC_CHECK(shape.count() == count(), "reshape {} to {}", shape_.text(), shape.text());
  return Tensor(data_, dtype_, shape);
}

Tensor Tensor::slice(int axis, int64_t begin, int64_t end) const {
  if (axis < 0) axis += rank();
  ASC_CHECK(0 <= begin && begin <= end && end <= size(axis), "slice [{}, {}) of axis {} of {}", begin, end,
            axis, shape_.text());
  Tensor view = *this;
  view.data_ = static_cast<char*>(data_) + begin * stride(axis) * size_of(dtype_);
  view.shape_.extents[static_cast<size_t>(axis)] = end - begin;
  return view;
}

Tensor Tensor::split_last(int64_t groups) const {
  ASC_CHECK(rank() < kMaxRank && size(-1) % groups == 0, "split {} into {} groups", shape_.text(), groups);
  Tensor view = *this;
  const auto last = static_cast<size_t>(rank() - 1);
  const int64_t width = size(-1) / groups;
  view.shape_.extents[last] = groups;
  view.strides_[last] = width;
  view.shape_.extents[last + 1] = width;
  view.strides_[last + 1] = 1;
  ++view.shape_.rank;
  return view;
}

}  // namespace ascender
