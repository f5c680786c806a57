#include "ascender/kernels/dropout/dropout_cpu.h"

#include <cmath>

#include "ascender/kernels/partition.h"
#include "ascender/kernels/rows.h"
#include "ascender/tile/target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/kernels/dropout/dropout_cpu.cc"
#include "ascender/tile/cpu/foreach_target.h"
// the targets first
#include "ascender/kernels/packs-inl.h"

#ifndef ASCENDER_KERNELS_DROPOUT_ARGUMENTS
#define ASCENDER_KERNELS_DROPOUT_ARGUMENTS
namespace ascender {

// Philox's inputs: counter words 1 to 3 (word 0 counts groups of four elements) and the key.
struct DropoutStream {
  uint64_t position = 0;  // of the first group: site << 40
  uint32_t step[2] = {};
  uint32_t key[2] = {};
  uint32_t threshold = 0;
};

}  // namespace ascender
#endif

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

using Words = hn::CappedTag<uint32_t, 16>;
using WordVector = hn::Vec<Words>;

// The two halves of the 64-bit products of the lanes of a with a constant.
struct Product {
  WordVector high, low;
};
HWY_INLINE Product multiply_wide(WordVector a, WordVector constant) {
  const Words d;
  const hn::RepartitionToWide<Words> wide;
  const auto even = hn::MulEven(a, constant);
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, a))), constant);
  const auto odd_low = hn::BitCast(d, hn::ShiftLeft<32>(odd));
  return {hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(even))),
          hn::OddEven(odd_low, hn::BitCast(d, even))};
}

// Words of groups [group, group + lanes): Philox 4x32-10 with the groups in the lanes (Salmon 2011,
// section 3.3).
HWY_INLINE void philox(const DropoutStream& stream, uint64_t group, uint32_t* words) {
  const Words d;
  const uint64_t position = stream.position + group;
  WordVector c0 = hn::Iota(d, static_cast<uint32_t>(position));
  WordVector c1 = hn::Set(d, static_cast<uint32_t>(position >> 32));
  WordVector c2 = hn::Set(d, stream.step[0]), c3 = hn::Set(d, stream.step[1]);
  uint32_t k0 = stream.key[0], k1 = stream.key[1];
  const WordVector m0 = hn::Set(d, 0xD2511F53U), m1 = hn::Set(d, 0xCD9E8D57U);
  for (int round = 0; round < 10; ++round) {
    const Product a = multiply_wide(c0, m0), b = multiply_wide(c2, m1);
    c0 = hn::Xor(hn::Xor(b.high, c1), hn::Set(d, k0));
    c2 = hn::Xor(hn::Xor(a.high, c3), hn::Set(d, k1));
    c1 = b.low;
    c3 = a.low;
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  hn::StoreInterleaved4(c0, c1, c2, c3, d, words);
}

// y (+)= x or 0 for `count` elements from element `first`, a multiple of 64.
template <class T>
void drop_elements(const DropoutStream& stream, T factor, const T* x, T* y, int64_t first, int64_t count,
                   bool adding) {
  constexpr int kGroups = static_cast<int>(hn::MaxLanes(Words()));
  alignas(64) uint32_t words[64];
  for (int64_t begin = 0; begin < count; begin += 64) {
    for (int g = 0; g < 16; g += kGroups)
      philox(stream, static_cast<uint64_t>((first + begin) / 4 + g), words + 4 * g);
    const int n = static_cast<int>(count - begin < 64 ? count - begin : 64);
    const T* from = x + begin;
    T* to = y + begin;
    for (int i = 0; i < n; ++i) {
      const T value = words[i] < stream.threshold ? T(0) : from[i] * factor;
      to[i] = adding ? to[i] + value : value;
    }
  }
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {

uint32_t dropout_threshold(double drop_prob) {
  return static_cast<uint32_t>(std::min(std::round(drop_prob * 0x1p32), 0x1p32 - 1));
}

void dropout_cpu(Context& context, const Tensor& x, const Tensor& y, const DropoutOptions& options,
                 Write write) {
  const std::array<uint32_t, 2> key = philox_key(options.key);
  const DropoutStream stream = {
      .position = options.site << 40,
      .step = {static_cast<uint32_t>(options.step), static_cast<uint32_t>(options.step >> 32)},
      .key = {key[0], key[1]},
      .threshold = dropout_threshold(options.drop_prob)};
  visit_real(x.dtype(), "dropout", [&]<class T>() {
    static constexpr auto kDrop = ASC_PER_TARGET(drop_elements<T>);
    const T factor = static_cast<T>(1 / (1 - options.drop_prob));
    for_blocks(context, divide_flat(x.count()), x.count(), [&](int64_t, int64_t begin, int64_t end) {
      kDrop.chosen()(stream, factor, x.as<T>() + begin, y.as<T>() + begin, begin, end - begin,
                     write == Write::kAdd);
    });
  });
}

}  // namespace ascender
#endif
