// The forward body on a CPU: one block of queries of one head against its blocks of keys, flash style. Tiles
// of kQueries x D and kKeys x kQueries live in L1 and L2. Included once per target.
#if defined(ASCENDER_KERNELS_ATTENTION_FORWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_KERNELS_ATTENTION_FORWARD_INL_H_
#undef ASCENDER_KERNELS_ATTENTION_FORWARD_INL_H_
#else
#define ASCENDER_KERNELS_ATTENTION_FORWARD_INL_H_
#endif

#include "ascender/kernels/attention/attention_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

// S^T becomes P^T = 2^(S^T - largest); its column sums are added to `sum`.
template <class T>
HWY_INLINE void exponentiate(T* s, int64_t count, int packs, const T* largest, T* sum) {
  split_packs(packs, [&]<int kP>(int first) HWY_ATTR {
    const int64_t lane = first * kLanes<T>;
    Pack<T> most[kP], total[kP];
#pragma GCC unroll 4
    for (int c = 0; c < kP; ++c) {
      most[c] = load(largest + lane + c * kLanes<T>);
      total[c] = load(sum + lane + c * kLanes<T>);
    }
    for (int64_t j = 0; j < count; ++j) {
      T* row = s + j * kQueries<T> + lane;
#pragma GCC unroll 4
      for (int c = 0; c < kP; ++c) {
        const Pack<T> e = exp2_nonpositive(load(row + c * kLanes<T>) - most[c]);
        store(e, row + c * kLanes<T>);
        total[c] = total[c] + e;
      }
    }
#pragma GCC unroll 4
    for (int c = 0; c < kP; ++c) store(total[c], sum + lane + c * kLanes<T>);
  });
}

template <class T, class E>
class ForwardBlock {
 public:
  ForwardBlock(const AttentionProblem& problem, int64_t b, int64_t h, int64_t i0, void* tiles)
      : p_(problem),
        b_(b),
        h_(h),
        i0_(i0),
        w_(*static_cast<AttentionForwardTiles<T>*>(tiles)),
        adjust_(problem, b, h) {
    rows_ = std::clamp<int64_t>(p_.queries(b) - i0, 0, std::min<int64_t>(kQueries<T>, p_.Tq - i0));
    packs_ = static_cast<int>((rows_ + kLanes<T> - 1) / kLanes<T>);
    k_ = p_.k.at<const E>(b, h / p_.group());
    v_ = p_.v.at<const E>(b, h / p_.group());
  }

  void run() {
    if (rows_ > 0) {
      start();
      const int64_t num_keys = p_.keys(b_);
      const int64_t end = p_.range(i0_ + rows_ - 1, num_keys).end;
      int64_t begin = std::min(p_.range(i0_, num_keys).begin, end);
      for (; begin < end; begin = begin / kKeys * kKeys + kKeys) {
        keys(begin, std::min(end, begin / kKeys * kKeys + kKeys), num_keys);
      }
      finish();
    }
    clear_padding();
  }

 private:
  void start() {
    turn_in(p_.q.at<const E>(b_, h_) + i0_ * p_.q.row, p_.q.row, rows_, p_.D,
            static_cast<T>(p_.scale) * kLog2E<T>, w_.q, w_.stage);
    for (int64_t lane = 0; lane < packs_ * kLanes<T>; lane += kLanes<T>) {
      for (int64_t d = 0; d < p_.D; ++d) store(splat(T(0)), w_.o + d * kQueries<T> + lane);
      store(splat(kFloor<T>), w_.largest + lane);
      store(splat(T(0)), w_.sum + lane);
      store(splat(T(1)), w_.ones + lane);
    }
  }

  // Rows of K or V as T: where they lie, or widened.
  HWY_INLINE const T* rows_of(const E* x, int64_t stride, int64_t first, int64_t count, T* wide,
                              int64_t& step) const {
    if constexpr (std::is_same_v<T, E>) {
      step = stride;
      return x + first * stride;
    } else {
      step = kAttentionMostWidth;
      for (int64_t j = 0; j < count; ++j) {
        for (int64_t d = 0; d < p_.D; d += kLanes<T>) {
          const int left = static_cast<int>(std::min<int64_t>(kLanes<T>, p_.D - d));
          store(load(x + (first + j) * stride + d, left), wide + j * step + d);
        }
      }
      return wide;
    }
  }

  HWY_INLINE void keys(int64_t begin, int64_t end, int64_t num_keys) {
    int64_t k_step = 0, v_step = 0;
    const T* k = rows_of(k_, p_.k.row, begin, end - begin, w_.k, k_step);
    const T* v = rows_of(v_, p_.v.row, begin, end - begin, w_.v, v_step);
    for (int lane = 0; lane < packs_ * kLanes<T>; lane += kLanes<T>)
      store(load(w_.largest + lane), w_.before + lane);
    int whole = 0;
    each_strip<T>(p_, num_keys, i0_, rows_, begin, end, [&](const Strip& strip) HWY_ATTR {
      const int64_t row = strip.key - begin;
      const int lane = strip.first * kLanes<T>;
      T* s = w_.s + row * kQueries<T>;
      const bool plain = !strip.masked && adjust_.idle();
      // a forbidden score must not raise the maximum: `factor` is a place for what is not wanted
      score_keys(k + row * k_step, k_step, strip.count, w_.q + lane, p_.D, strip.last - strip.first, s + lane,
                 (plain ? w_.largest : w_.factor) + lane);
      if (!plain) adjust_(strip, i0_, rows_, s, w_.largest, w_.stage);
      whole += !strip.masked;
    });
    rescale(whole > 0);
    each_strip<T>(p_, num_keys, i0_, rows_, begin, end, [&](const Strip& strip) HWY_ATTR {
      const int64_t row = strip.key - begin;
      const int lane = strip.first * kLanes<T>, packs = strip.last - strip.first;
      T* s = w_.s + row * kQueries<T> + lane;
      exponentiate(s, strip.count, packs, w_.largest + lane, w_.sum + lane);
      add_values(v + row * v_step, v_step, strip.count, s, (strip.masked ? w_.ones : w_.factor) + lane, packs,
                 w_.o + lane, p_.D);
    });
  }

  // The factor by which what was summed under the old maxima shrinks. A whole block applies it to O^T as it
  // loads it.
  HWY_INLINE void rescale(bool whole) {
    for (int64_t lane = 0; lane < packs_ * kLanes<T>; lane += kLanes<T>) {
      const Pack<T> by = exp2_nonpositive(load(w_.before + lane) - load(w_.largest + lane));
      store(by, w_.factor + lane);
      store(load(w_.sum + lane) * by, w_.sum + lane);
      if (whole) continue;
      for (T* o = w_.o + lane; o < w_.o + p_.D * kQueries<T>; o += kQueries<T>) store(load(o) * by, o);
    }
  }

  void finish() {
    T* out = p_.out.at<T>(b_, h_) + i0_ * p_.out.row;
    for (int64_t lane = 0; lane < packs_ * kLanes<T>; lane += kLanes<T>) {
      const Pack<T> sum = load(w_.sum + lane), zero = splat(T(0));
      store(select(sum == zero, zero, splat(T(1)) / sum), w_.factor + lane);
      if (!p_.lse.data) continue;
      const Pack<T> lse = fma(load(w_.largest + lane), splat(kLn2<T>), log(sum));
      store(select(sum == zero, splat(-std::numeric_limits<T>::infinity()), lse), w_.before + lane);
    }
    turn_out(w_.o, rows_, p_.D, w_.stage, [&](int64_t row, int64_t d, const Pack<T>& x, int left) HWY_ATTR {
      const Pack<T> y = x * splat(w_.factor[row]);
      left == kLanes<T> ? store(y, out + row * p_.out.row + d) : store(y, out + row * p_.out.row + d, left);
    });
    if (!p_.lse.data) return;
    T* lse = p_.lse.at<T>(b_, h_) + i0_ * p_.lse.row;
    for (int64_t row = 0; row < rows_; ++row) lse[row * p_.lse.row] = w_.before[row];
  }

  void clear_padding() {
    for (int64_t i = i0_ + rows_; i < std::min(p_.Tq, i0_ + kQueries<T>); ++i) {
      std::fill_n(p_.out.at<T>(b_, h_) + i * p_.out.row, p_.D, T(0));
      if (p_.lse.data) p_.lse.at<T>(b_, h_)[i * p_.lse.row] = -std::numeric_limits<T>::infinity();
    }
  }

  const AttentionProblem& p_;
  int64_t b_, h_, i0_, rows_;
  int packs_;
  const E *k_, *v_;
  AttentionForwardTiles<T>& w_;
  Adjust<T> adjust_;
};

template <class T, class E>
void forward_block(const AttentionProblem& p, int64_t b, int64_t h, int64_t block, void* tiles) {
  ForwardBlock<T, E>(p, b, h, block * kQueries<T>, tiles).run();
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
