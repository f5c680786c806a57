#include "ascender/kernels/dropout/dropout_reference.h"

#include <algorithm>
#include <cmath>

#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

template <class T>
void drop(const T* x, T* y, int64_t n, const DropoutOptions& options, Write write) {
  const double threshold = std::min(std::round(options.drop_prob * 0x1p32), 0x1p32 - 1);
  const T factor = static_cast<T>(1 / (1 - options.drop_prob));
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t position = (options.site << 40) | static_cast<uint64_t>(i / 4);
    const uint32_t word = random_words(options.key, options.step, position)[static_cast<size_t>(i % 4)];
    store(write, y[i], word < threshold ? T(0) : x[i] * factor);
  }
}

}  // namespace

void dropout_reference(const Tensor& x, const Tensor& y, const DropoutOptions& options, Write write) {
  visit_real(x.dtype(), "dropout", [&]<class T>() { drop(x.as<T>(), y.as<T>(), x.count(), options, write); });
}

}  // namespace ascender
