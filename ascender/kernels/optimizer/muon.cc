#include <algorithm>
#include <cmath>

#include "ascender/kernels/elementwise/elementwise.h"
#include "ascender/kernels/matmul/matmul.h"
#include "ascender/kernels/optimizer/optimizer.h"
#include "ascender/kernels/optimizer/optimizer_cpu.h"
#include "ascender/kernels/reduce/reduce.h"
#include "ascender/kernels/rows.h"

namespace ascender {
namespace {

// y = a x + (b A + c A A) x from the shorter side of x: A = x x^T for a wide x, x^T x (and products from the
// right) for a tall one. gram and polynomial: [S,S] with S the shorter side.
void newton_schulz(Context& context, const Tensor& x, const Tensor& y, const Tensor& gram,
                   const Tensor& polynomial) {
  constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
  const bool tall = x.size(0) > x.size(1);
  matmul(context, tall ? MatmulKind::kTN : MatmulKind::kNT, x, x, gram);
  matmul(context, MatmulKind::kNN, gram, gram, polynomial);
  if (!context.dry) blend_cpu(context, polynomial, kC, gram, kB);
  scale(context, x, kA, y);
  matmul(context, MatmulKind::kNN, tall ? x : polynomial, tall ? polynomial : x, y, {.write = Write::kAdd});
}

}  // namespace

void muon(Context& context, const Tensor& p, const Tensor& g, const Tensor& m, const Muon& options) {
  for (const Tensor* other : {&p, &g, &m}) {
    ASC_CHECK(other->rank() == 2 && other->contiguous() && other->shape() == p.shape() &&
                  other->dtype() == p.dtype(),
              "[muon] p, g and m must be matrices {} {}, got {} {}", p.shape().text(), name_of(p.dtype()),
              other->shape().text(), name_of(other->dtype()));
  }
  const int64_t R = p.size(0), C = p.size(1), S = std::min(R, C);
  if (p.count() == 0) return;
  const bool compute = context.begin(8.0 * static_cast<double>(p.count()), 6 * bytes_of(p));
  const size_t mark = context.scratch.mark();
  Tensor x = context.scratch.tensor(p.dtype(), {R, C}), y = context.scratch.tensor(p.dtype(), {R, C});
  const Tensor gram = context.scratch.tensor(p.dtype(), {S, S});
  const Tensor polynomial = context.scratch.tensor(p.dtype(), {S, S});
  if (compute) muon_momentum_cpu(context, g, m, x, options);
  const double norm = std::sqrt(sum_of_squares(context, x));
  scale(context, x, 1 / (norm + 1e-7), x);
  for (int step = 0; step < 5; ++step) {
    newton_schulz(context, x, y, gram, polynomial);
    std::swap(x, y);
  }
  const double factor = std::sqrt(std::max(1.0, static_cast<double>(R) / static_cast<double>(C)));
  if (compute) blend_cpu(context, p, 1 - options.lr * options.weight_decay, x, -options.lr * factor);
  context.scratch.release(mark);
}

}  // namespace ascender
