#include <type_traits>

#include "ascender/kernels/attention/attention.h"
#include "ascender/kernels/attention/attention_cpu.h"

namespace ascender {
namespace {

constexpr int64_t kResidentBytes = 640 << 10;  // of a core's L2
constexpr int64_t kGrid = 16;  // a head that several workers share is cut into this many ranges a side

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// One call: its scratch memory, and the two ways through the work. Both sum in the same order.
template <class T>
class Backward {
 public:
  Backward(Context& context, const AttentionBackwardProblem& problem, const AttentionBackwardBody& body,
           double flops)
      : context_(context), g_(problem), p_(problem.p), body_(body), alone_(flops < kAttentionWorthThreads) {
    constexpr int64_t kLanes = 64 / static_cast<int64_t>(sizeof(T));
    query_blocks_ = ceil_div(p_.Tq, kAttentionQueries<T>);
    key_blocks_ = ceil_div(p_.Tk, kAttentionKeys);
    far_ = attention_keys_are_far(p_, kAttentionQueries<T>);
    key_elements_ = p_.Tk * ceil_div(p_.D, kLanes) * kLanes;
    tiles_ =
        static_cast<AttentionBackwardTiles<T>*>(room<AttentionBackwardTiles<T>>(context.threads.count()));
  }

  void run() {
    if (attention_is_few<T>(p_)) return by_few();
    const int64_t heads = p_.B * p_.Hk, workers = context_.threads.count();
    if (alone_ || heads % workers == 0 || heads >= 4 * workers) {
      by_heads();
    } else {
      by_diagonals();
    }
  }

  // A bias of full rows: one task a block of its rows, over the heads that share them in order.
  void bias_rows(const Tensor& dbias) {
    parallel(dbias.size(0) * dbias.size(1) * query_blocks_, [&](int64_t task) {
      const int64_t block = task % query_blocks_, head = task / query_blocks_;
      const int64_t h0 = head % dbias.size(1), b0 = head / dbias.size(1);
      T* to = dbias.as<T>() + b0 * dbias.stride(0) + h0 * dbias.stride(1);
      for (int64_t b = b0; b < (p_.bias.batch ? b0 + 1 : p_.B); ++b) {
        for (int64_t h = h0; h < (p_.bias.head ? h0 + 1 : p_.H); ++h) {
          body_.bias(g_, b, h, block, to, dbias.stride(2), tiles());
        }
      }
    });
  }

 private:
  template <class E>
  E* room(int64_t count) {
    return static_cast<E*>(context_.scratch.allocate(static_cast<size_t>(count) * sizeof(E)));
  }
  AttentionBackwardTiles<T>* tiles() { return tiles_ + Threads::worker(); }

  template <class Task>
  void parallel(int64_t num_tasks, const Task& task) {
    if (alone_) {
      for (int64_t i = 0; i < num_tasks; ++i) task(i);
    } else {
      context_.threads.parallel(num_tasks, task);
    }
  }

  // Copies K and V of a head to `copies` and lets `p` read them there.
  void bring_near(AttentionProblem& p, int64_t b, int64_t hk, T* copies) const {
    attention_bring_near(p_.k, b, hk, p_.Tk, p_.D, copies);
    attention_bring_near(p_.v, b, hk, p_.Tk, p_.D, copies + p_.Tk * p_.D);
    p.k = attention_near(p_.k, copies, p_.D);
    p.v = attention_near(p_.v, copies + p_.Tk * p_.D, p_.D);
  }

  void by_few() {
    AttentionBackwardFew few = nullptr;
    if constexpr (std::is_same_v<T, float>) {
      few = kAttentionBackwardFewF32.chosen();
    } else {
      few = kAttentionBackwardFewF64.chosen();
    }
    parallel(p_.B * p_.Hk, [&](int64_t task) { few(g_, task / p_.Hk, task % p_.Hk, tiles()); });
  }

  // A worker does all of a key head, its sums in memory of the worker.
  void by_heads() {
    T* sums = room<T>(2 * key_elements_ * context_.threads.count());
    const int64_t block_bytes =
        4 * key_elements_ / std::max<int64_t>(1, p_.Tk) * kAttentionKeys * int64_t{sizeof(T)};
    const int64_t resident = std::max<int64_t>(1, kResidentBytes / block_bytes);
    const int64_t queries = query_blocks_ * p_.D * kAttentionQueries<T>;
    T* dq = key_blocks_ <= resident ? nullptr : room<T>(queries * context_.threads.count());
    const int64_t count = p_.Tk * p_.D;
    T* copies = far_ ? room<T>(2 * count * context_.threads.count()) : nullptr;
    parallel(p_.B * p_.Hk, [&](int64_t task) {
      const int64_t b = task / p_.Hk, hk = task % p_.Hk;
      AttentionBackwardProblem g = g_;
      if (far_) bring_near(g.p, b, hk, copies + 2 * count * Threads::worker());
      T* dk = sums + 2 * key_elements_ * Threads::worker();
      T* dv = dk + key_elements_;
      std::fill_n(dk, 2 * key_elements_, T(0));
      for (int64_t h = hk * p_.group(); h < (hk + 1) * p_.group(); ++h) {
        if (key_blocks_ <= resident) {
          body_.range(g, {b, h, 0, query_blocks_, 0, key_blocks_}, dk, dv, nullptr, tiles());
        } else {
          by_stretches(g, b, h, resident, dk, dv, dq + queries * Threads::worker());
        }
      }
      body_.keys(g_, b, hk, dk, dv);
    });
  }

  // Stretches of keys whose K, V, dK, dV stay in L2 while all queries pass: at T = 4096 the whole head would
  // not.
  void by_stretches(const AttentionBackwardProblem& g, int64_t b, int64_t h, int64_t resident, T* dk, T* dv,
                    T* dq) {
    std::fill_n(dq, query_blocks_ * p_.D * kAttentionQueries<T>, T(0));
    for (int64_t last = key_blocks_; last > 0; last -= std::min(last, resident)) {
      body_.range(g, {b, h, 0, query_blocks_, std::max<int64_t>(0, last - resident), last}, dk, dv, dq,
                  tiles());
    }
    for (int64_t block = 0; block < query_blocks_; ++block) body_.queries(g, b, h, block, dq, tiles());
  }

  // Workers share a head: ranges on one diagonal touch different queries and different keys.
  void by_diagonals() {
    const int64_t heads = p_.B * p_.Hk, queries = query_blocks_ * p_.D * kAttentionQueries<T>;
    T* sums = room<T>(2 * key_elements_ * heads);
    T* dq = room<T>(queries * p_.B * p_.H);
    std::fill_n(sums, 2 * key_elements_ * heads, T(0));
    std::fill_n(dq, queries * p_.B * p_.H, T(0));
    // ranges are square in elements, so that a causal diagonal is one of the grid
    const int64_t side = ceil_div(std::max(p_.Tq, p_.Tk), kGrid * kAttentionKeys) * kAttentionKeys;
    const int64_t rows = ceil_div(p_.Tq, side), columns = ceil_div(p_.Tk, side);
    for (int64_t g = 0; g < p_.group(); ++g) {
      for (int64_t diagonal = 1 - columns; diagonal < rows; ++diagonal) {
        const int64_t first = std::max<int64_t>(0, diagonal), last = std::min(rows, columns + diagonal);
        parallel((last - first) * heads, [&](int64_t task) {
          const int64_t row = first + task / heads, head = task % heads, b = head / p_.Hk;
          const int64_t h = head % p_.Hk * p_.group() + g;
          T* dk = sums + 2 * key_elements_ * head;
          body_.range(g_, range(b, h, row * side, (row - diagonal) * side, side), dk, dk + key_elements_,
                      dq + queries * (b * p_.H + h), tiles());
        });
      }
    }
    parallel(heads, [&](int64_t head) {
      const T* dk = sums + 2 * key_elements_ * head;
      body_.keys(g_, head / p_.Hk, head % p_.Hk, dk, dk + key_elements_);
    });
    parallel(p_.B * p_.H * query_blocks_, [&](int64_t task) {
      const int64_t head = task / query_blocks_;
      body_.queries(g_, head / p_.H, head % p_.H, task % query_blocks_, dq + queries * head, tiles());
    });
  }

  AttentionRange range(int64_t b, int64_t h, int64_t query, int64_t key, int64_t side) const {
    return {b,
            h,
            query / kAttentionQueries<T>,
            std::min((query + side) / kAttentionQueries<T>, query_blocks_),
            key / kAttentionKeys,
            std::min((key + side) / kAttentionKeys, key_blocks_)};
  }

  Context& context_;
  const AttentionBackwardProblem& g_;
  const AttentionProblem& p_;
  AttentionBackwardBody body_;
  bool alone_, far_ = false;
  int64_t query_blocks_, key_blocks_, key_elements_;
  AttentionBackwardTiles<T>* tiles_;
};

// Adds the column sums [B,H,Tk] of the heads that share a row of dbias [B or 1, H or 1, 1, Tk], in order.
template <class T>
void add_columns(const AttentionProblem& p, const T* columns, const Tensor& dbias) {
  for (int64_t b = 0; b < p.B; ++b) {
    for (int64_t h = 0; h < p.H; ++h) {
      T* to =
          dbias.as<T>() + (p.bias.batch ? b * dbias.stride(0) : 0) + (p.bias.head ? h * dbias.stride(1) : 0);
      for (int64_t j = 0; j < p.Tk; ++j) to[j] += columns[(b * p.H + h) * p.Tk + j];
    }
  }
}

template <class T>
void clear(const Tensor& dbias) {
  for (int64_t b = 0; b < dbias.size(0); ++b) {
    for (int64_t h = 0; h < dbias.size(1); ++h) {
      for (int64_t i = 0; i < dbias.size(2); ++i) {
        std::fill_n(dbias.as<T>() + b * dbias.stride(0) + h * dbias.stride(1) + i * dbias.stride(2),
                    dbias.size(3), T(0));
      }
    }
  }
}

template <class T>
void backward(Context& context, AttentionBackwardProblem& g, const AttentionBackwardBody& body, double flops,
              const Tensor& dbias, Write write_bias) {
  const size_t mark = context.scratch.mark();
  T* columns = nullptr;
  if (!dbias.empty()) {
    if (write_bias == Write::kAssign) clear<T>(dbias);
    if (!g.p.bias.row) {
      const int64_t count = g.p.B * g.p.H * g.p.Tk;
      columns = static_cast<T*>(context.scratch.allocate(static_cast<size_t>(count) * sizeof(T)));
      std::fill_n(columns, count, T(0));
      g.dcolumns = columns;
    }
  }
  Backward<T> work(context, g, body, flops);
  work.run();
  if (columns) add_columns(g.p, columns, dbias);
  if (!dbias.empty() && !columns) work.bias_rows(dbias);
  context.scratch.release(mark);
}

}  // namespace

void attention_backward(Context& context, const Tensor& q, const Tensor& k, const Tensor& v,
                        const Tensor& out, const Tensor& lse, const Tensor& dout,
                        const AttentionGradients& gradients, const AttentionOptions& options) {
  AttentionBackwardProblem g;
  g.p = attention_problem(q, k, v, out, lse, dout, gradients, options);
  const double flops = attention_backward_flops(g.p);
  if (!context.begin(flops, attention_backward_bytes(g.p))) return;
  g.dout = attention_operand(dout);
  g.dq = attention_operand(gradients.dq);
  g.dk = attention_operand(gradients.dk);
  g.dv = attention_operand(gradients.dv);
  g.write_q = gradients.write_q;
  g.write_k = gradients.write_k;
  g.write_v = gradients.write_v;
  if (q.dtype() == DType::kF64) {
    backward<double>(context, g, attention_backward_f64(), flops, gradients.dbias, gradients.write_bias);
  } else {
    backward<float>(context, g, attention_backward_f32(), flops, gradients.dbias, gradients.write_bias);
  }
}

}  // namespace ascender
