// The backward body on a CPU. A pair of blocks recomputes P^T from lse, then
//   dP^T = V dO^T;  dS^T = P^T (dP^T - delta);  dV += P^T dO;  dK += dS^T Q;  dQ^T += K^T dS^T
// with delta = rowsum(dO O). The scale is applied once, as dq and dk are written. Included once per target.
#if defined(ASCENDER_KERNELS_ATTENTION_BACKWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_KERNELS_ATTENTION_BACKWARD_INL_H_
#undef ASCENDER_KERNELS_ATTENTION_BACKWARD_INL_H_
#else
#define ASCENDER_KERNELS_ATTENTION_BACKWARD_INL_H_
#endif

#include "ascender/kernels/attention/attention_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

template <class T>
HWY_INLINE void put(Pack<T> x, T* to, int count, Write write) {
  if (count == kLanes<T>) return store(write == Write::kAdd ? x + load(to) : x, to);
  store(write == Write::kAdd ? x + load(to, count) : x, to, count);
}

template <class T>
class BackwardBlock {
 public:
  BackwardBlock(const AttentionBackwardProblem& problem, int64_t b, int64_t h, void* tiles)
      : g_(problem),
        p_(problem.p),
        b_(b),
        h_(h),
        num_keys_(p_.keys(b)),
        width_((p_.D + kLanes<T> - 1) / kLanes<T> * kLanes<T>),
        k_(p_.k.at<const T>(b, h / p_.group())),
        v_(p_.v.at<const T>(b, h / p_.group())),
        w_(*static_cast<AttentionBackwardTiles<T>*>(tiles)),
        adjust_(problem.p, b, h) {
    std::fill_n(w_.ones, kQueries<T>, T(1));
    if (g_.dcolumns) dcolumns_ = static_cast<T*>(g_.dcolumns) + (b * p_.H + h) * p_.Tk;
  }

  void range(const AttentionRange& range, T* dk, T* dv, T* dq) {
    for (int64_t block = range.first_query; block < range.last_query; ++block) {
      T* kept = dq ? dq + block * p_.D * kQueries<T> : nullptr;
      set_rows(block);
      const bool seen = rows_ > 0 && p_.range(i0_ + rows_ - 1, num_keys_).end > range.first_key * kKeys &&
                        p_.range(i0_, num_keys_).begin < range.last_key * kKeys;
      if (seen) {
        take_queries(block);
        if (kept) {
          std::copy_n(kept, p_.D * kQueries<T>, w_.dq);
        } else {
          std::fill_n(w_.dq, p_.D * kQueries<T>, T(0));
        }
        each_key_block(range.first_key, range.last_key,
                       [&](int64_t begin, int64_t end) HWY_ATTR { pair(begin, end, dk, dv); });
        if (kept) std::copy_n(w_.dq, p_.D * kQueries<T>, kept);
      } else if (!kept) {
        std::fill_n(w_.dq, p_.D * kQueries<T>, T(0));
      }
      if (!kept) store_queries(block, w_.dq);
    }
  }

  void store_queries(int64_t block, const T* dq) {
    set_rows(block);
    T* to = g_.dq.at<T>(b_, h_) + i0_ * g_.dq.row;
    const T scale = static_cast<T>(p_.scale);
    turn_out(dq, rows_, p_.D, w_.stage, [&](int64_t row, int64_t d, const Pack<T>& x, int left) HWY_ATTR {
      put(x * splat(scale), to + row * g_.dq.row + d, left, g_.write_q);
    });
    if (g_.write_q == Write::kAdd) return;
    for (int64_t i = rows_; i < std::min<int64_t>(kQueries<T>, p_.Tq - i0_); ++i) {
      std::fill_n(to + i * g_.dq.row, p_.D, T(0));
    }
  }

  // dS of a block of queries, added to rows of dbias.
  void bias(int64_t block, T* to, int64_t stride) {
    take_queries(block);
    if (rows_ == 0) return;
    each_key_block(0, (p_.Tk + kKeys - 1) / kKeys, [&](int64_t begin, int64_t end) HWY_ATTR {
      each_strip<T>(p_, num_keys_, i0_, rows_, begin, end, [&](const Strip& strip) HWY_ATTR {
        differentiate(strip, begin);
        const T* ds = w_.ds + (strip.key - begin) * kQueries<T>;
        const int64_t last = std::min<int64_t>(rows_, strip.last * kLanes<T>);
        for (int64_t i = strip.first * kLanes<T>; i < last; ++i) {
          T* row = to + (i0_ + i) * stride + strip.key;
          for (int64_t j = 0; j < strip.count; ++j) row[j] += ds[j * kQueries<T> + i];
        }
      });
    });
  }

 private:
  void set_rows(int64_t block) {
    i0_ = block * kQueries<T>;
    rows_ = std::clamp<int64_t>(p_.queries(b_) - i0_, 0, std::min<int64_t>(kQueries<T>, p_.Tq - i0_));
  }

  // What a block of queries needs for all its keys. Lanes without a query, and queries without a key, get p =
  // 0.
  void take_queries(int64_t block) {
    set_rows(block);
    const T* q = p_.q.at<const T>(b_, h_) + i0_ * p_.q.row;
    const T* dout = g_.dout.at<const T>(b_, h_) + i0_ * g_.dout.row;
    const T* out = p_.out.at<const T>(b_, h_) + i0_ * p_.out.row;
    const T* lse = p_.lse.at<const T>(b_, h_) + i0_ * p_.lse.row;
    turn_in(q, p_.q.row, rows_, p_.D, static_cast<T>(p_.scale) * kLog2E<T>, w_.q, w_.stage);
    turn_in(dout, g_.dout.row, rows_, p_.D, T(1), w_.dout, w_.stage);
    std::fill_n(w_.lse, kQueries<T>, -kForbidden<T>);
    std::fill_n(w_.delta, kQueries<T>, T(0));
    for (int64_t i = 0; i < rows_; ++i) {
      Pack<T> delta = splat(T(0));
      for (int64_t d = 0; d < p_.D; d += kLanes<T>) {
        const int left = static_cast<int>(std::min<int64_t>(kLanes<T>, p_.D - d));
        const auto take = [&](const T* from)
                              HWY_ATTR { return left == kLanes<T> ? load(from) : load(from, left); };
        const Pack<T> x = take(dout + i * g_.dout.row + d);
        store(x, w_.dout_rows + i * width_ + d);
        store(take(q + i * p_.q.row + d), w_.q_rows + i * width_ + d);
        delta = fma(x, take(out + i * p_.out.row + d), delta);
      }
      w_.delta[i] = sum(delta);
      const T own = lse[i * p_.lse.row];
      if (own != -std::numeric_limits<T>::infinity()) w_.lse[i] = own * kLog2E<T>;
    }
  }

  // Descending over the blocks of keys in [first, last) that the queries see.
  template <class Visit>
  HWY_INLINE void each_key_block(int64_t first, int64_t last, const Visit& visit) const {
    const int64_t begin = std::max(p_.range(i0_, num_keys_).begin, first * kKeys);
    const int64_t end = std::min(p_.range(i0_ + rows_ - 1, num_keys_).end, last * kKeys);
    for (int64_t stop = end; stop > begin;) {
      const int64_t start = (stop - 1) / kKeys * kKeys;
      visit(std::max(start, begin), stop);
      stop = start;
    }
  }

  // P^T and dS^T of a strip of the block of keys that begins at `begin`.
  HWY_INLINE void differentiate(const Strip& strip, int64_t begin) {
    const int64_t row = strip.key - begin, lane = strip.first * kLanes<T>;
    const int packs = strip.last - strip.first;
    T* s = w_.p + row * kQueries<T>;
    T* ds = w_.ds + row * kQueries<T>;
    score_keys(k_ + strip.key * p_.k.row, p_.k.row, strip.count, w_.q + lane, p_.D, packs, s + lane,
               w_.unused);
    if (strip.masked || !adjust_.idle()) adjust_(strip, i0_, rows_, s, static_cast<T*>(nullptr), w_.stage);
    score_keys(v_ + strip.key * p_.v.row, p_.v.row, strip.count, w_.dout + lane, p_.D, packs, ds + lane,
               w_.unused);
    for (int c = strip.first; c < strip.last; ++c) {
      const Pack<T> lse = load(w_.lse + c * kLanes<T>), delta = load(w_.delta + c * kLanes<T>);
      for (int64_t j = c * kLanes<T>; j < strip.count * kQueries<T>; j += kQueries<T>) {
        const Pack<T> e = exp2_nonpositive(load(s + j) - lse);
        store(e, s + j);
        store(e * (load(ds + j) - delta), ds + j);
      }
    }
  }

  HWY_INLINE void pair(int64_t begin, int64_t end, T* dk, T* dv) {
    each_strip<T>(p_, num_keys_, i0_, rows_, begin, end, [&](const Strip& strip) HWY_ATTR {
      differentiate(strip, begin);
      const int64_t lane = strip.first * kLanes<T>;
      const int64_t depth = std::min<int64_t>(rows_, strip.last * kLanes<T>) - lane;
      const T* s = w_.p + (strip.key - begin) * kQueries<T> + lane;
      const T* ds = w_.ds + (strip.key - begin) * kQueries<T> + lane;
      T* dv_rows = dv + strip.key * width_;
      T* dk_rows = dk + strip.key * width_;
      const int64_t packs = width_ / kLanes<T>;
      product(AOrder::kRows, s, int64_t{kQueries<T>}, strip.count,
              static_cast<const T*>(w_.dout_rows) + lane * width_, width_, depth, packs,
              static_cast<const T*>(dv_rows), dv_rows, width_);
      product(AOrder::kRows, ds, int64_t{kQueries<T>}, strip.count,
              static_cast<const T*>(w_.q_rows) + lane * width_, width_, depth, packs,
              static_cast<const T*>(dk_rows), dk_rows, width_);
      add_values(k_ + strip.key * p_.k.row, p_.k.row, strip.count, ds, w_.ones, strip.last - strip.first,
                 w_.dq + lane, p_.D);
      if (dcolumns_) add_columns(strip, ds);
    });
  }

  void add_columns(const Strip& strip, const T* ds) const {
    for (int64_t j = 0; j < strip.count; ++j) {
      Pack<T> total = splat(T(0));
      for (int c = 0; c < strip.last - strip.first; ++c)
        total = total + load(ds + j * kQueries<T> + c * kLanes<T>);
      dcolumns_[strip.key + j] += sum(total);
    }
  }

  const AttentionBackwardProblem& g_;
  const AttentionProblem& p_;
  int64_t b_, h_, num_keys_, width_, i0_ = 0, rows_ = 0;
  const T *k_, *v_;
  AttentionBackwardTiles<T>& w_;
  Adjust<T> adjust_;
  T* dcolumns_ = nullptr;
};

template <class T>
void backward_range(const AttentionBackwardProblem& p, const AttentionRange& range, void* dk, void* dv,
                    void* dq, void* tiles) {
  BackwardBlock<T>(p, range.b, range.h, tiles)
      .range(range, static_cast<T*>(dk), static_cast<T*>(dv), static_cast<T*>(dq));
}

template <class T>
void backward_keys(const AttentionBackwardProblem& g, int64_t b, int64_t h, const void* dk, const void* dv) {
  const int64_t D = g.p.D, width = (D + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
  const auto scale = static_cast<T>(g.p.scale);
  for (int64_t j = 0; j < g.p.Tk; ++j) {
    for (int64_t d = 0; d < D; d += kLanes<T>) {
      const int left = static_cast<int>(std::min<int64_t>(kLanes<T>, D - d));
      const int64_t from = j * width + d;
      put(load(static_cast<const T*>(dk) + from) * splat(scale), g.dk.at<T>(b, h) + j * g.dk.row + d, left,
          g.write_k);
      put(load(static_cast<const T*>(dv) + from), g.dv.at<T>(b, h) + j * g.dv.row + d, left, g.write_v);
    }
  }
}

template <class T>
void backward_queries(const AttentionBackwardProblem& g, int64_t b, int64_t h, int64_t block, const void* dq,
                      void* tiles) {
  BackwardBlock<T>(g, b, h, tiles)
      .store_queries(block, static_cast<const T*>(dq) + block * g.p.D * kQueries<T>);
}

template <class T>
void backward_bias(const AttentionBackwardProblem& g, int64_t b, int64_t h, int64_t block, void* to,
                   int64_t stride, void* tiles) {
  BackwardBlock<T>(g, b, h, tiles).bias(block, static_cast<T*>(to), stride);
}

template <class T>
AttentionBackwardBody backward_body() {
  return {&backward_range<T>, &backward_keys<T>, &backward_queries<T>, &backward_bias<T>};
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
