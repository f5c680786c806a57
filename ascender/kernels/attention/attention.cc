#include "ascender/kernels/attention/attention.h"

#include "ascender/kernels/attention/attention_cpu.h"

namespace ascender {
namespace {

struct ForwardBody {
  AttentionForwardBlock block;
  int64_t queries;
  size_t tile_bytes;
};
ForwardBody forward_body(const AttentionProblem& p) {
  constexpr auto kF32 = sizeof(AttentionForwardTiles<float>), kF64 = sizeof(AttentionForwardTiles<double>);
  switch (p.q.dtype) {
    case DType::kF64:
      return {(attention_is_few<double>(p) ? kAttentionForwardFewF64 : kAttentionForwardF64).chosen(),
              kAttentionQueries<double>, kF64};
    case DType::kBf16:
      return {kAttentionForwardBf16.chosen(), kAttentionQueries<float>, kF32};
    default:
      return {(attention_is_few<float>(p) ? kAttentionForwardFewF32 : kAttentionForwardF32).chosen(),
              kAttentionQueries<float>, kF32};
  }
}

template <class Task>
void run_tasks(Context& context, double flops, int64_t num_tasks, const Task& task) {
  if (flops < kAttentionWorthThreads) {
    for (int64_t i = 0; i < num_tasks; ++i) task(i);
  } else {
    context.threads.parallel(num_tasks, task);
  }
}

// The blocks of a head in an order whose every stretch costs the same: 0, n-1, 1, n-2, ...
int64_t zigzag(int64_t i, int64_t n) { return i % 2 == 0 ? i / 2 : n - 1 - i / 2; }

// Rounds of some key heads: their K and V are copied near, then all blocks of queries pass over them.
template <class T, class Block>
void forward_near(Context& context, const AttentionProblem& p, int64_t blocks, const Block& block) {
  const int64_t heads = p.B * p.Hk, round = std::min<int64_t>(heads, 2 * context.threads.count());
  const int64_t count = p.Tk * p.D, group = p.group();
  auto* copies =
      static_cast<T*>(context.scratch.allocate(static_cast<size_t>(2 * count * round) * sizeof(T)));
  for (int64_t first = 0; first < heads; first += round) {
    const int64_t here = std::min(round, heads - first);
    const auto near_keys = [&](int64_t head) { return copies + 2 * count * (head - first); };
    context.threads.parallel(here, [&](int64_t i) {
      const int64_t head = first + i, b = head / p.Hk, hk = head % p.Hk;
      attention_bring_near(p.k, b, hk, p.Tk, p.D, near_keys(head));
      attention_bring_near(p.v, b, hk, p.Tk, p.D, near_keys(head) + count);
    });
    context.threads.parallel(here * group * blocks, [&](int64_t task) {
      const int64_t head = first + task / (group * blocks), g = task / blocks % group;
      AttentionProblem near = p;
      near.k = attention_near(p.k, near_keys(head), p.D);
      near.v = attention_near(p.v, near_keys(head) + count, p.D);
      block(near, head / p.Hk * p.H + head % p.Hk * group + g, zigzag(task % blocks, blocks));
    });
  }
}

}  // namespace

void attention_forward(Context& context, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out,
                       const Tensor& lse, const AttentionOptions& options) {
  const AttentionProblem p = attention_problem(q, k, v, out, lse, options);
  const double flops = attention_forward_flops(p);
  if (!context.begin(flops, attention_forward_bytes(p))) return;
  const ForwardBody body = forward_body(p);
  const size_t mark = context.scratch.mark();
  auto* tiles = static_cast<char*>(
      context.scratch.allocate(body.tile_bytes * static_cast<size_t>(context.threads.count())));
  const int64_t blocks = (p.Tq + body.queries - 1) / body.queries;
  const auto worker_tiles = [&] { return tiles + body.tile_bytes * static_cast<size_t>(Threads::worker()); };
  if (attention_keys_are_far(p, body.queries)) {
    visit_real(p.out.dtype, "attention", [&]<class T>() {
      forward_near<T>(context, p, blocks, [&](const AttentionProblem& near, int64_t head, int64_t block) {
        body.block(near, head / p.H, head % p.H, block, worker_tiles());
      });
    });
  } else {
    run_tasks(context, flops, p.B * p.H * blocks, [&](int64_t task) {
      const int64_t head = task / blocks;
      body.block(p, head / p.H, head % p.H, zigzag(task % blocks, blocks), worker_tiles());
    });
  }
  context.scratch.release(mark);
}

}  // namespace ascender
