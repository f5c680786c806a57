// A view [.., C] as its rows: N rows of C elements, the leading axes strided in any way. Evenly strided axes
// are merged once, so that the usual row costs one multiplication and a slice of packed heads one division.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "ascender/kernels/context.h"

namespace ascender {

template <class T>
class RowView {
 public:
  RowView() = default;
  // A row is the last axis, or the last `folded` axes, which must lie end to end.
  explicit RowView(const Tensor& x, int folded = 1) {
    if (x.empty()) return;
    data_ = x.as<T>();
    columns_ = 1;
    for (int axis = std::max(0, x.rank() - folded); axis < x.rank(); ++axis) columns_ *= x.size(axis);
    count_ = columns_ == 0 ? 0 : x.count() / columns_;
    for (int axis = x.rank() - folded - 1; axis >= 0; --axis) merge(x.size(axis), x.stride(axis));
  }

  T* operator[](int64_t n) const {
    if (rank_ <= 1) return data_ + n * strides_[0];
    T* row = data_;
    for (size_t axis = 0; axis + 1 < rank_; ++axis) {
      row += n % extents_[axis] * strides_[axis];
      n /= extents_[axis];
    }
    return row + n * strides_[rank_ - 1];
  }
  explicit operator bool() const { return data_ != nullptr; }
  T* data() const { return data_; }
  int64_t count() const { return count_; }
  int64_t columns() const { return columns_; }
  // All rows lie end to end.
  bool flat() const { return count_ <= 1 || (rank_ == 1 && strides_[0] == columns_); }

 private:
  void merge(int64_t extent, int64_t stride) {
    if (extent == 1) return;
    if (rank_ > 0 && stride == strides_[rank_ - 1] * extents_[rank_ - 1]) {
      extents_[rank_ - 1] *= extent;
    } else {
      extents_[rank_] = extent;
      strides_[rank_++] = stride;
    }
  }

  T* data_ = nullptr;
  int64_t count_ = 0;
  int64_t columns_ = 0;
  size_t rank_ = 0;  // leading axes after merging, innermost first
  std::array<int64_t, kMaxRank - 1> extents_{};
  std::array<int64_t, kMaxRank - 1> strides_{};
};

// How many of the last axes lie end to end; at least 1.
inline int axes_end_to_end(const Tensor& x) {
  int64_t run = 1;
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    if (x.size(axis) != 1 && x.stride(axis) != run) return std::max(1, x.rank() - 1 - axis);
    run *= x.size(axis);
  }
  return std::max(1, x.rank());
}

// y = value or y += value.
template <class T>
void store(Write write, T& y, std::type_identity_t<T> value) {
  y = write == Write::kAdd ? y + value : value;
}

// Compulsory bytes: what is read or assigned once, twice what is added to.
inline double bytes_of(const Tensor& x) { return x.empty() ? 0.0 : static_cast<double>(x.bytes()); }
inline double bytes_of(const Tensor& x, Write write) {
  return write == Write::kAdd ? 2 * bytes_of(x) : bytes_of(x);
}

}  // namespace ascender
