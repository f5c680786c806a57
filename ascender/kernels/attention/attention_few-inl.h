// Attention of few queries (at most kLanes) to one block of keys, as in a looped block that updates an
// answer: with queries along the lanes most lanes would idle and every number of K and V would be broadcast
// for one product. Here keys lie along the lanes of the scores and d along those of the results: only K (and
// V, in backward) is turned, and softmax normalises at once. The case is chosen by shape alone. Included once
// per target.
#if defined(ASCENDER_KERNELS_ATTENTION_FEW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_KERNELS_ATTENTION_FEW_INL_H_
#undef ASCENDER_KERNELS_ATTENTION_FEW_INL_H_
#else
#define ASCENDER_KERNELS_ATTENTION_FEW_INL_H_
#endif

#include "ascender/kernels/attention/attention_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

template <class T>
struct FewQueries {
  const AttentionProblem& p;
  int64_t b, h, rows, keys, packs;
  const T *q, *k, *v;

  FewQueries(const AttentionProblem& problem, int64_t batch, int64_t head)
      : p(problem),
        b(batch),
        h(head),
        rows(p.queries(b)),
        keys(p.keys(b)),
        packs((keys + kLanes<T> - 1) / kLanes<T>),
        q(p.q.at<const T>(b, h)),
        k(p.k.at<const T>(b, h / p.group())),
        v(p.v.at<const T>(b, h / p.group())) {}

  // Scores in units of log 2; those of keys that a query does not see are forbidden.
  HWY_INLINE void scores(T* turned, T* stage, T* s) const {
    turn_in(k, p.k.row, keys, p.D, static_cast<T>(p.scale) * kLog2E<T>, turned, stage);
    product(AOrder::kRows, q, p.q.row, rows, turned, int64_t{kQueries<T>}, p.D, packs,
            static_cast<const T*>(nullptr), s, int64_t{kQueries<T>});
  }
  HWY_INLINE Pack<T> seen(const KeyRange& range, int64_t lane, const Pack<T>& s) const {
    if (range.begin <= lane && range.end >= lane + kLanes<T>) return s;
    const Pack<T> at = iota<T>(static_cast<T>(lane));
    return select((at >= splat(static_cast<T>(range.begin))) & (at < splat(static_cast<T>(range.end))), s,
                  splat(kForbidden<T>));
  }

  void forward(AttentionForwardTiles<T>& w) const {
    T* out = p.out.at<T>(b, h);
    T* lse = p.lse.data ? p.lse.at<T>(b, h) : nullptr;
    if (keys > 0) scores(w.q, w.stage, w.s);
    for (int64_t i = 0; i < rows; ++i) softmax(i, w.s + i * kQueries<T>, w);
    if (keys > 0) {
      product(AOrder::kRows, static_cast<const T*>(w.s), int64_t{kQueries<T>}, rows, v, p.v.row, keys,
              p.D / kLanes<T>, static_cast<const T*>(nullptr), out, p.out.row);
    }
    finish(w);
    for (int64_t i = 0; i < p.Tq; ++i) {
      if (i >= rows || keys == 0) std::fill_n(out + i * p.out.row, p.D, T(0));
      if (lse) lse[i * p.lse.row] = i < rows ? w.before[i] : -std::numeric_limits<T>::infinity();
    }
  }

  void backward(const AttentionBackwardProblem& g, AttentionBackwardTiles<T>& w, bool first) const {
    constexpr int64_t kStep = kQueries<T>;
    const T* dout = g.dout.at<const T>(b, h);
    if (keys > 0) {
      scores(w.q, w.stage, w.p);
      turn_in(v, p.v.row, keys, p.D, T(1), w.dout, w.stage);
      product(AOrder::kRows, dout, g.dout.row, rows, static_cast<const T*>(w.dout), kStep, p.D, packs,
              static_cast<const T*>(nullptr), w.ds, kStep);
    }
    for (int64_t i = 0; i < rows; ++i) differentiate(g, i, w.p + i * kStep, w.ds + i * kStep);
    const int64_t width = p.D / kLanes<T>, hk = h / p.group();
    assign(g.dq, g.dq.at<T>(b, h), p.Tq, rows, g.write_q, [&](const T* start, T* to) HWY_ATTR {
      product(AOrder::kRows, static_cast<const T*>(w.ds), kStep, rows, k, p.k.row, keys, width, start, to,
              g.dq.row);
    });
    assign(g.dk, g.dk.at<T>(b, hk), p.Tk, keys, first ? g.write_k : Write::kAdd,
           [&](const T* start, T* to) HWY_ATTR {
             product(AOrder::kDepth, static_cast<const T*>(w.ds), kStep, keys, q, p.q.row, rows, width, start,
                     to, g.dk.row);
           });
    assign(g.dv, g.dv.at<T>(b, hk), p.Tk, keys, first ? g.write_v : Write::kAdd,
           [&](const T* start, T* to) HWY_ATTR {
             product(AOrder::kDepth, static_cast<const T*>(w.p), kStep, keys, dout, g.dout.row, rows, width,
                     start, to, g.dv.row);
           });
  }

 private:
  HWY_INLINE void softmax(int64_t i, T* s, AttentionForwardTiles<T>& w) const {
    const KeyRange range = p.range(i, keys);
    Pack<T> most = splat(kFloor<T>), total = splat(T(0));
    for (int64_t lane = 0; lane < packs * kLanes<T>; lane += kLanes<T>) {
      const Pack<T> x = seen(range, lane, load(s + lane));
      store(x, s + lane);
      most = max(most, x);
    }
    w.largest[i] = maximum(most);
    most = splat(w.largest[i]);
    for (int64_t lane = 0; lane < packs * kLanes<T>; lane += kLanes<T>) {
      const Pack<T> e = exp2_nonpositive(load(s + lane) - most);
      store(e, s + lane);
      total = total + e;
    }
    w.sum[i] = sum(total);
    const Pack<T> by = splat(w.sum[i] == T(0) ? T(0) : T(1) / w.sum[i]);
    for (int64_t lane = 0; lane < packs * kLanes<T>; lane += kLanes<T>) store(load(s + lane) * by, s + lane);
  }

  HWY_INLINE void finish(AttentionForwardTiles<T>& w) const {
    if (!p.lse.data) return;
    const Pack<T> sum = load(w.sum), minus = splat(-std::numeric_limits<T>::infinity());
    store(select(sum == splat(T(0)), minus, fma(load(w.largest), splat(kLn2<T>), log(sum))), w.before);
  }

  // P and dS * scale of query i, in place of S and dP.
  HWY_INLINE void differentiate(const AttentionBackwardProblem& g, int64_t i, T* s, T* dp) const {
    const T own = p.lse.at<const T>(b, h)[i * p.lse.row];
    const Pack<T> lse = splat(own == -std::numeric_limits<T>::infinity() ? -kForbidden<T> : own * kLog2E<T>);
    const T* dout = g.dout.at<const T>(b, h) + i * g.dout.row;
    const T* out = p.out.at<const T>(b, h) + i * p.out.row;
    Pack<T> products = splat(T(0));
    for (int64_t d = 0; d < p.D; d += kLanes<T>) products = fma(load(dout + d), load(out + d), products);
    const Pack<T> delta = splat(sum(products)), scale = splat(static_cast<T>(p.scale));
    const KeyRange range = p.range(i, keys);
    for (int64_t lane = 0; lane < packs * kLanes<T>; lane += kLanes<T>) {
      const Pack<T> e = exp2_nonpositive(seen(range, lane, load(s + lane)) - lse);
      store(e, s + lane);
      store(e * (load(dp + lane) - delta) * scale, dp + lane);
    }
  }

  // Runs `fill(start, to)` for the rows that exist; the others are padding.
  template <class Fill>
  HWY_INLINE void assign(const AttentionOperand& x, T* to, int64_t all, int64_t existing, Write how,
                         const Fill& fill) const {
    if (keys > 0 && rows > 0) {
      fill(how == Write::kAdd ? to : nullptr, to);
    } else {
      existing = 0;
    }
    if (how == Write::kAdd) return;
    for (int64_t i = existing; i < all; ++i) std::fill_n(to + i * x.row, p.D, T(0));
  }
};

// One head at a time in forward; in backward all the query heads of a key head, in order.
template <class T>
void forward_few(const AttentionProblem& p, int64_t b, int64_t h, int64_t, void* tiles) {
  FewQueries<T>(p, b, h).forward(*static_cast<AttentionForwardTiles<T>*>(tiles));
}
template <class T>
void backward_few(const AttentionBackwardProblem& g, int64_t b, int64_t hk, void* tiles) {
  const int64_t group = g.p.group();
  for (int64_t h = hk * group; h < (hk + 1) * group; ++h) {
    FewQueries<T>(g.p, b, h).backward(g, *static_cast<AttentionBackwardTiles<T>*>(tiles), h == hk * group);
  }
}

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
