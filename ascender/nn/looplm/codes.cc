#include "ascender/nn/looplm/codes.h"

#include <numeric>
#include <utility>

namespace ascender {

SignificanceCodes::SignificanceCodes(RandomKey key, uint64_t step, int64_t row) {
  Random random(key, step, static_cast<uint64_t>(row) * 64);
  std::iota(rows_.begin(), rows_.end(), uint8_t{0});
  for (std::size_t i = 0; i + 1 < rows_.size(); ++i) {
    std::swap(rows_[i], rows_[i + static_cast<std::size_t>(random.below(rows_.size() - i))]);
  }
  const uint64_t bits = random.bits();
  for (std::size_t j = 0; j < signs_.size(); ++j) signs_[j] = static_cast<uint8_t>((bits >> j) & 1);
}

}  // namespace ascender
