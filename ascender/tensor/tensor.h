// A view of memory that somebody else owns: pointer, dtype, shape, strides. Row-major; the last axis is
// contiguous (stride 1) always, the others may be strided, so that a slice of packed q, k, v is a view and
// not a copy.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>

#include "ascender/base/check.h"
#include "ascender/tensor/dtype.h"

namespace ascender {

inline constexpr int kMaxRank = 4;

struct Shape {
  std::array<int64_t, kMaxRank> extents{};
  int rank = 0;

  Shape() = default;
  // From a braced list. Extents and rank are constants of the type, so that they stay in registers.
  template <std::convertible_to<int64_t>... Extent>
  requires(sizeof...(Extent) >= 1 && sizeof...(Extent) <= kMaxRank) Shape(Extent... extent)
      : extents{static_cast<int64_t>(extent)...}, rank(sizeof...(Extent)) {}
  int64_t operator[](int axis) const { return extents[static_cast<size_t>(axis < 0 ? axis + rank : axis)]; }
  int64_t count() const {
    int64_t n = 1;
    for (int axis = 0; axis < rank; ++axis) n *= extents[static_cast<size_t>(axis)];
    return n;
  }
  Shape with(int axis, int64_t extent) const;  // one extent replaced
  bool operator==(const Shape&) const = default;
  std::string text() const;  // "[2,3]"
};

class Tensor {
 public:
  Tensor() = default;
  Tensor(void* data, DType dtype, const Shape& shape)  // contiguous
      : data_(data), dtype_(dtype), shape_(shape) {
    int64_t stride = 1;
    for (int axis = shape.rank - 1; axis >= 0; --axis) {
      strides_[static_cast<size_t>(axis)] = stride;
      stride *= shape[axis];
    }
  }

  void* data() const { return data_; }
  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  int rank() const { return shape_.rank; }
  int64_t size(int axis) const { return shape_[axis]; }
  int64_t stride(int axis) const {
    return strides_[static_cast<size_t>(axis < 0 ? axis + shape_.rank : axis)];
  }
  int64_t count() const { return shape_.count(); }
  int64_t bytes() const { return count() * size_of(dtype_); }
  bool empty() const { return data_ == nullptr; }
  bool contiguous() const;

  template <class T>
  T* as() const {
    ASC_CHECK(dtype_ == dtype_of<T>, "tensor is {}, read as {}", name_of(dtype_), name_of(dtype_of<T>));
    return static_cast<T*>(data_);
  }

  Tensor reshape(const Shape& shape) const;                  // REQUIRES: contiguous, same count
  Tensor slice(int axis, int64_t begin, int64_t end) const;  // a view
  Tensor split_last(int64_t groups) const;                   // [.., g * d] -> [.., g, d]; a view
  Tensor moved_to(void* data) const {                        // the same layout at another place
    Tensor view = *this;
    view.data_ = data;
    return view;
  }
  // [.., C] -> [N, C]; REQUIRES: rows evenly strided
  Tensor rows() const {
    if (rank() == 2) return *this;
    check_rows();
    const int64_t columns = size(-1);
    Tensor view(data_, dtype_, {columns == 0 ? 0 : count() / columns, columns});
    if (rank() >= 2) view.strides_[0] = stride(-2);
    return view;
  }

 private:
  void check_rows() const {
    ASC_CHECK(rank() >= 1, "rows of {}", shape_.text());
    for (int axis = rank() - 3; axis >= 0; --axis) {
      ASC_CHECK(size(axis) == 1 || stride(axis) == stride(axis + 1) * size(axis + 1),
                "rows of {} are not evenly strided", shape_.text());
    }
  }

  void* data_ = nullptr;
  DType dtype_ = DType::kF32;
  Shape shape_;
  std::array<int64_t, kMaxRank> strides_{};
};

}  // namespace ascender
