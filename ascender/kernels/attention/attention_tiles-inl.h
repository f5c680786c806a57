// What the CPU bodies of attention share. Queries lie along the lanes: scores are kept transposed, S^T
// [keys,queries], so that softmax runs down columns lane by lane, without horizontal reductions, and K and V
// are read where they lie, one number at a time as the broadcast side of a product: only Q is turned, once a
// block of queries. Included once per target.
#if defined(ASCENDER_KERNELS_ATTENTION_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_KERNELS_ATTENTION_TILES_INL_H_
#undef ASCENDER_KERNELS_ATTENTION_TILES_INL_H_
#else
#define ASCENDER_KERNELS_ATTENTION_TILES_INL_H_
#endif

#include <algorithm>
#include <type_traits>

#include "ascender/kernels/attention/attention_cpu.h"
#include "ascender/tile/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

template <class T>
inline constexpr int kQueries = kAttentionQueries<T>;  // also the stride of tiles
inline constexpr int kKeys = kAttentionKeys;

// Scores in units of log 2. A forbidden score is below every floor of a running maximum, which is below every
// score.
template <class T>
inline constexpr T kForbidden = sizeof(T) == 4 ? T(-1e30) : T(-1e300);
template <class T>
inline constexpr T kFloor = sizeof(T) == 4 ? T(-1e29) : T(-1e299);
template <class T>
inline constexpr T kLog2E = T(1.4426950408889634074);
template <class T>
inline constexpr T kLn2 = T(0.69314718055994530942);

// 2^x for x <= 0 (or NaN); 0 for kForbidden. Float on AVX-512: degree 5, minimax on [-1/2, 1/2] with p(0) =
// 1, relative error 9.2e-8, scaled by vscalef.
HWY_INLINE hn::Vec<Vector<float>> exp2_nonpositive_vector(hn::Vec<Vector<float>> x) {
  [[maybe_unused]] const Vector<float> d;
  const auto n = hn::Round(x);
  const auto f = hn::Sub(x, n);
#if HWY_TARGET == HWY_AVX3
  auto p = hn::Set(d, 0.0013264727f);
  p = hn::MulAdd(p, f, hn::Set(d, 0.0096715128f));
  p = hn::MulAdd(p, f, hn::Set(d, 0.0555073374f));
  p = hn::MulAdd(p, f, hn::Set(d, 0.2402224208f));
  p = hn::MulAdd(p, f, hn::Set(d, 0.6931469776f));
  p = hn::MulAdd(p, f, hn::Set(d, 1.0f));
  return hn::Vec<Vector<float>>{_mm512_scalef_ps(p.raw, n.raw)};
#else
  return scaled_exp2<hn::Vec<Vector<float>>>(f, n);
#endif
}
HWY_INLINE hn::Vec<Vector<double>> exp2_nonpositive_vector(hn::Vec<Vector<double>> x) {
  const auto n = hn::Round(x);
  return scaled_exp2<hn::Vec<Vector<double>>>(hn::Sub(x, n), n);
}
template <class T>
HWY_INLINE Pack<T> exp2_nonpositive(const Pack<T>& a) {
  return each<T>([](const auto& x) HWY_ATTR { return exp2_nonpositive_vector(x); }, a);
}

// A register block: acc[r][p] += sum_k a(r, k) * b[k][p], k ascending. a: rows of contiguous depth (kByRows),
// or depth slices of contiguous rows. b: packs, kQueries apart.
template <class T, int kR, int kP>
struct Block {
  Pack<T> acc[kR][kP];

  template <bool kByRows>
  HWY_INLINE void multiply(const T* a, int64_t a_step, const T* b, int64_t depth) {
    for (int64_t k = 0; k < depth; ++k) {
      Pack<T> bk[kP];
#pragma GCC unroll 4
      for (int p = 0; p < kP; ++p) bk[p] = load(b + k * kQueries<T> + p * kLanes<T>);
#pragma GCC unroll 12
      for (int r = 0; r < kR; ++r) {
        const Pack<T> ak = splat(kByRows ? a[r * a_step + k] : a[k * a_step + r]);
#pragma GCC unroll 4
        for (int p = 0; p < kP; ++p) acc[r][p] = fma(ak, bk[p], acc[r][p]);
      }
    }
  }
};

// Packs that a register block is wide, and the rows that it has then: as many as the registers hold.
inline constexpr int kBlockWidth = HWY_TARGET == HWY_AVX3 ? 4 : 1;
template <int kP>
inline constexpr int kBlockRowsOf = HWY_TARGET == HWY_AVX3   ? (kP <= 2 ? 12 : 6)
                                    : HWY_TARGET == HWY_AVX2 ? 6
                                                             : 2;

// Calls visit.operator()<kR>(first row) for blocks that cover `rows` rows, some perhaps twice.
template <int kP, class Visit>
HWY_INLINE void cover_rows(int64_t rows, const Visit& visit) {
  constexpr int kR = kBlockRowsOf<kP>;
  if (rows >= kR) {
    for (int64_t r = 0; r + kR < rows; r += kR) visit.template operator()<kR>(r);
    return visit.template operator()<kR>(rows - kR);
  }
  if constexpr (kR > 8) {
    if (rows >= 8) {
      visit.template operator()<8>(0);
      return visit.template operator()<8>(rows - 8);
    }
  }
  if constexpr (kR > 4) {
    if (rows >= 4) {
      visit.template operator()<4>(0);
      return visit.template operator()<4>(rows - 4);
    }
  }
  for (int64_t r = 0; r < rows; ++r) visit.template operator()<1>(r);
}

// The same, each row once: twelves (two sixes, six twos), then an eight or fours. REQUIRES: rows a multiple
// of 4.
template <int kP, class Visit>
HWY_INLINE void split_rows(int64_t rows, const Visit& visit) {
  constexpr int kR = kBlockRowsOf<kP>;
  constexpr int kTail = kR < 4 ? kR : 4;
  int64_t r = 0;
  for (; r + 12 <= rows; r += 12) {
    for (int64_t i = r; i < r + 12; i += kR) visit.template operator()<kR>(i);
  }
  if constexpr (kR == 12) {
    if (r + 8 == rows) return visit.template operator()<8>(r);
  }
  for (; r < rows; r += kTail) visit.template operator()<kTail>(r);
}

// Calls visit.operator()<kP>(first pack) for blocks of packs that split [0, packs).
template <class Visit>
HWY_INLINE void split_packs(int packs, const Visit& visit) {
  if constexpr (kBlockWidth == 1) {
    for (int p = 0; p < packs; ++p) visit.template operator()<1>(p);
  } else {
    switch (packs) {
      case 1:
        return visit.template operator()<1>(0);
      case 2:
        return visit.template operator()<2>(0);
      case 3:
        return visit.template operator()<3>(0);
      default:
        return visit.template operator()<4>(0);
    }
  }
}

// S^T of `count` keys, and the running maxima of the lanes.
template <class T>
HWY_INLINE void score_keys(const T* k, int64_t stride, int64_t count, const T* q, int64_t D, int packs, T* s,
                           T* largest) {
  split_packs(packs, [&]<int kP>(int first) HWY_ATTR {
    const int64_t lane = first * kLanes<T>;
    cover_rows<kP>(count, [&]<int kR>(int64_t j) HWY_ATTR {
      Block<T, kR, kP> block;
#pragma GCC unroll 12
      for (int r = 0; r < kR; ++r)
#pragma GCC unroll 4
        for (int c = 0; c < kP; ++c) block.acc[r][c] = splat(T(0));
      block.template multiply<true>(k + j * stride, stride, q + lane, D);
#pragma GCC unroll 4
      for (int c = 0; c < kP; ++c) {
        Pack<T> most = load(largest + lane + c * kLanes<T>);
#pragma GCC unroll 12
        for (int r = 0; r < kR; ++r) {
          store(block.acc[r][c], s + (j + r) * kQueries<T> + lane + c * kLanes<T>);
          most = max(most, block.acc[r][c]);
        }
        store(most, largest + lane + c * kLanes<T>);
      }
    });
  });
}

// O^T = O^T * factor + V^T P^T.
template <class T>
HWY_INLINE void add_values(const T* v, int64_t stride, int64_t count, const T* probability, const T* factor,
                           int packs, T* o, int64_t D) {
  split_packs(packs, [&]<int kP>(int first) HWY_ATTR {
    const int64_t lane = first * kLanes<T>;
    split_rows<kP>(D, [&]<int kR>(int64_t row) HWY_ATTR {
      Block<T, kR, kP> block;
      T* to = o + row * kQueries<T> + lane;
#pragma GCC unroll 4
      for (int c = 0; c < kP; ++c) {
        const Pack<T> by = load(factor + lane + c * kLanes<T>);
#pragma GCC unroll 12
        for (int r = 0; r < kR; ++r) block.acc[r][c] = by * load(to + r * kQueries<T> + c * kLanes<T>);
      }
      block.template multiply<false>(v + row, stride, probability + lane, count);
#pragma GCC unroll 12
      for (int r = 0; r < kR; ++r)
#pragma GCC unroll 4
        for (int c = 0; c < kP; ++c) store(block.acc[r][c], to + r * kQueries<T> + c * kLanes<T>);
    });
  });
}

// out[rows, packs] = start + a b; a: see AOrder; b, start, out: rows of whole packs. start: null for zeros,
// or `out`.
template <class T>
HWY_INLINE void product(AOrder order, const T* a, int64_t a_step, int64_t rows, const T* b, int64_t b_step,
                        int64_t depth, int64_t packs, const T* start, T* out, int64_t step) {
  const MmaTable<T>& table = mma_table<T>();
  for (int64_t done = 0; done < packs;) {
    const int64_t lane = done * kLanes<T>;
    const RegisterBlock block = register_block_of<T>(kTarget, static_cast<int>(packs - done) * kLanes<T>);
    for (int64_t r = 0; r < rows; r += block.rows) {
      const auto kernel =
          table.of(order, static_cast<int>(std::min<int64_t>(block.rows, rows - r)), block.packs);
      const T* rows_of_a = a + r * (order == AOrder::kRows ? a_step : 1);
      T* to = out + r * step + lane;
      kernel(rows_of_a, a_step, b + lane, b_step, depth, start ? start + r * step + lane : nullptr, step, to,
             step, kLanes<T>, {rows_of_a, to, b, 0});
    }
    done += block.packs;
  }
}

// Rows of a [rows,D] operand times `factor`, turned: to[d][lane of row]. Rows past `rows` are 0. `stage`
// holds kLanes<T> x kAttentionMostWidth: rows of another type are widened there.
template <class T, class E>
HWY_INLINE void turn_in(const E* from, int64_t stride, int64_t rows, int64_t D, T factor, T* to, T* stage) {
  const Pack<T> by = splat(factor);
  for (int64_t first = 0; first < rows; first += kLanes<T>) {
    const int here = static_cast<int>(std::min<int64_t>(kLanes<T>, rows - first));
    const E* source = from + first * stride;
    T* turned = to + first;
    if constexpr (std::is_same_v<T, E>) {
      transpose_strip(source, stride, here, static_cast<int>(D), turned, int64_t{kQueries<T>});
    } else {
      for (int r = 0; r < here; ++r) {
        for (int64_t c = 0; c < D; c += kLanes<T>) {
          const int left = static_cast<int>(std::min<int64_t>(kLanes<T>, D - c));
          store(load(source + r * stride + c, left), stage + r * kAttentionMostWidth + c);
        }
      }
      transpose_strip(static_cast<const T*>(stage), int64_t{kAttentionMostWidth}, here, static_cast<int>(D),
                      turned, int64_t{kQueries<T>});
    }
    for (T* row = turned; row < turned + D * kQueries<T>; row += kQueries<T>) store(load(row) * by, row);
  }
}

// The way back: put(row, d, pack, how much of it counts). from: D rows.
template <class T, class Put>
HWY_INLINE void turn_out(const T* from, int64_t rows, int64_t D, T* stage, const Put& put) {
  constexpr int kPerBlock = static_cast<int>(16 / sizeof(T));
  for (int64_t first = 0; first < rows; first += kLanes<T>) {
    const int here = static_cast<int>(std::min<int64_t>(kLanes<T>, rows - first));
    for (int64_t c = 0; c < D; c += kLanes<T>) {
      const int left = static_cast<int>(std::min<int64_t>(kLanes<T>, D - c));
      transpose_strip(from + c * kQueries<T> + first, int64_t{kQueries<T>}, left,
                      (here + kPerBlock - 1) / kPerBlock * kPerBlock, stage, int64_t{kLanes<T>});
      for (int r = 0; r < here; ++r) put(first + r, c, load(stage + r * kLanes<T>), left);
    }
  }
}

// Keys [key, key + count) of a block, and the packs of queries [first, last) that see any of them; `masked`:
// some pair in it is forbidden.
struct Strip {
  int64_t key = 0;
  int64_t count = 0;
  int first = 0;
  int last = 0;
  bool masked = false;
};

// Calls visit(strip) for the part of key block [begin, end) that queries [i0, i0 + rows) see: all of it as
// one strip where no rule cuts through it, else strips of kLanes keys, each with the packs it needs.
template <class T, class Visit>
HWY_INLINE void each_strip(const AttentionProblem& p, int64_t num_keys, int64_t i0, int64_t rows,
                           int64_t begin, int64_t end, const Visit& visit) {
  constexpr int64_t kL = kLanes<T>;
  const int packs = static_cast<int>((rows + kL - 1) / kL);
  const bool cut = p.range(i0, num_keys).end < end || p.range(i0 + rows - 1, num_keys).begin > begin;
  if (!cut) return visit(Strip{begin, end - begin, 0, packs, false});
  for (int64_t key = begin; key < end; key += kL) {
    Strip strip{key, std::min(kL, end - key), 0, packs, true};
    if (p.causal) strip.first = static_cast<int>(std::max<int64_t>(0, (key - p.offset - i0) / kL));
    if (p.window > 0) {
      const int64_t lanes = key + strip.count + p.window - 1 - p.offset - i0;
      strip.last = static_cast<int>(std::clamp<int64_t>((lanes + kL - 1) / kL, 0, packs));
    }
    if (strip.first < strip.last) visit(strip);
  }
}

// Adds bias and ALiBi to scores in units of log 2, and forbids what the rules forbid.
template <class T>
struct Adjust {
  const AttentionProblem& p;
  const T* bias = nullptr;  // of this batch element and head
  T slope = 0;              // times log2 e

  Adjust(const AttentionProblem& problem, int64_t b, int64_t h) : p(problem) {
    if (p.bias.data) bias = p.bias.at<const T>(b, h);
    if (p.slopes) slope = static_cast<const T*>(p.slopes)[h] * kLog2E<T>;
  }
  bool idle() const { return bias == nullptr && p.slopes == nullptr; }

  // s: the row of the strip's first key. largest: running maxima of the lanes, or null. turned: kLanes x
  // kQueries.
  HWY_INLINE void operator()(const Strip& strip, int64_t i0, int64_t rows, T* s, T* largest,
                             T* turned) const {
    constexpr int64_t kL = kLanes<T>;
    for (int64_t first = 0; first < strip.count; first += kL) {
      const int64_t count = std::min(kL, strip.count - first), key = strip.key + first;
      for (int c = strip.first; c < strip.last; ++c) {
        if (bias && p.bias.row) turn_bias(i0 + c * kL, std::min(kL, rows - c * kL), key, count, turned);
        pack(strip.masked, i0 + c * kL, key, count, s + first * kQueries<T> + c * kL,
             largest ? largest + c * kL : nullptr, turned);
      }
    }
  }

 private:
  void turn_bias(int64_t i, int64_t rows, int64_t key, int64_t count, T* turned) const {
    transpose_strip(bias + i * p.bias.row + key, p.bias.row, static_cast<int>(rows), static_cast<int>(count),
                    turned, int64_t{kLanes<T>});
  }

  HWY_INLINE void pack(bool masked, int64_t i, int64_t key, int64_t count, T* s, T* largest,
                       const T* turned) const {
    const Pack<T> lane = iota<T>(T(0)), forbidden = splat(kForbidden<T>);
    Pack<T> most = largest ? load(largest) : forbidden;
    for (int64_t j = 0; j < count; ++j) {
      Pack<T> x = load(s + j * kQueries<T>);
      if (bias) {
        const Pack<T> b = p.bias.row ? load(turned + j * kLanes<T>) : splat(bias[key + j]);
        x = max(forbidden, fma(b, splat(kLog2E<T>), x));
      }
      const int64_t behind = key + j - p.offset - i;  // the lane that stands at this key
      if (p.slopes) x = x - splat(slope) * abs(lane - splat(static_cast<T>(behind)));
      if (masked && p.causal) x = select(lane >= splat(static_cast<T>(behind)), x, forbidden);
      if (masked && p.window > 0) x = select(lane < splat(static_cast<T>(behind + p.window)), x, forbidden);
      store(x, s + j * kQueries<T>);
      most = max(most, x);
    }
    if (largest) store(most, largest);
  }
};

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
