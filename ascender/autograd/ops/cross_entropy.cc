#include "ascender/autograd/ops/cross_entropy.h"

#include <algorithm>

#include "ascender/kernels/elementwise/elementwise.h"
#include "ascender/kernels/matmul/matmul.h"
#include "ascender/kernels/reduce/reduce.h"

namespace ascender {
namespace {

// Rows of logits held at a time: enough for the matmul to run at speed, small beside the activations. The
// rows are cut evenly, and how they are cut changes no bit: sums over rows go on where the last chunk ended.
constexpr int64_t kMostRows = 256, kFewestRows = 64, kChunkElements = int64_t{4} << 20;
int64_t chunk_rows(int64_t rows, int64_t vocab) {
  const int64_t most = std::clamp(kChunkElements / std::max<int64_t>(vocab, 1), kFewestRows, kMostRows);
  const int64_t chunks = std::max<int64_t>(1, (rows + most - 1) / most);
  return std::max<int64_t>(1, (rows + chunks - 1) / chunks);
}

int64_t counted(const Tape& tape, const Tensor& targets, const LossOptions& options) {
  if (options.count > 0) return options.count;
  if (const_cast<Tape&>(tape).context().dry) return targets.count();
  const int32_t* t = targets.as<int32_t>();
  const int64_t n =
      std::count_if(t, t + targets.count(), [&](int32_t x) { return x != options.kernel.ignore; });
  return std::max<int64_t>(n, 1);
}

}  // namespace

double cross_entropy(Tape& tape, const Var& logits, const Tensor& given, const LossOptions& options) {
  Context& context = tape.context();
  const Tensor rows = logits.value.rows();
  const Tensor targets = given.reshape({given.count()});
  const Tensor lse = tape.keep(logits.dtype(), {rows.size(0)});
  const size_t mark = context.scratch.mark();
  const Tensor loss = context.scratch.tensor(logits.dtype(), {rows.size(0)});
  cross_entropy_forward(context, rows, targets, loss, lse, options.kernel);
  const auto count = static_cast<double>(counted(tape, targets, options));
  const double mean = sum(context, loss) / count;
  context.scratch.release(mark);
  tape.record([logits, rows, targets, lse, options, count](Tape& t) {
    cross_entropy_backward(t.context(), rows, targets, lse, options.weight / count, rows, options.kernel);
    t.seed_gradient_in_place(logits);
  });
  return mean;
}

double linear_cross_entropy(Tape& tape, const Var& x, const Var& w, bool transposed, const Tensor& given,
                            const LossOptions& options) {
  Context& context = tape.context();
  const Tensor rows = x.value.rows();
  const Tensor targets = given.reshape({given.count()});
  const int64_t N = rows.size(0), V = w.value.size(transposed ? 0 : 1);
  const bool train = tape.recording();
  const auto count = static_cast<double>(counted(tape, targets, options));
  const Tensor dx = train ? tape.keep(x.dtype(), x.shape()) : Tensor{};
  const GradientTarget dw = train ? tape.target(w) : GradientTarget{};
  ASC_CHECK(!train || dw.write == Write::kAdd, "linear_cross_entropy needs w to be a parameter");
  const int64_t chunk = chunk_rows(N, V);
  const size_t mark = context.scratch.mark();
  const Tensor logits = context.scratch.tensor(x.dtype(), {chunk, V});
  const Tensor loss = context.scratch.tensor(x.dtype(), {N});
  const Tensor lse = context.scratch.tensor(x.dtype(), {N});
  for (int64_t begin = 0; begin < N; begin += chunk) {
    const int64_t end = std::min(N, begin + chunk);
    const Tensor x_chunk = rows.slice(0, begin, end), z = logits.slice(0, 0, end - begin);
    const Tensor target_chunk = targets.slice(0, begin, end), lse_chunk = lse.slice(0, begin, end);
    matmul(context, transposed ? MatmulKind::kNT : MatmulKind::kNN, x_chunk, w.value, z);
    cross_entropy_forward(context, z, target_chunk, loss.slice(0, begin, end), lse_chunk, options.kernel);
    if (!train) continue;
    cross_entropy_backward(context, z, target_chunk, lse_chunk, options.weight / count, z, options.kernel);
    matmul(context, transposed ? MatmulKind::kNN : MatmulKind::kNT, z, w.value,
           dx.rows().slice(0, begin, end));
    const MatmulOptions add{.write = Write::kAdd};
    if (transposed) {
      matmul(context, MatmulKind::kTN, z, x_chunk, dw.tensor, add);
    } else {
      matmul(context, MatmulKind::kTN, x_chunk, z, dw.tensor, add);
    }
  }
  const double mean = sum(context, loss) / count;
  context.scratch.release(mark);
  tape.record([x, dx](Tape& t) { t.seed_gradient(x, dx); });
  return mean;
}

Var cross_entropy_rows(Tape& tape, const Var& logits, const Tensor& given,
                       const CrossEntropyOptions& options) {
  const Tensor rows = logits.value.rows();
  const Tensor targets = given.reshape({given.count()});
  const Var loss = tape.result(logits.dtype(), {rows.size(0)});
  const Tensor lse = tape.keep(logits.dtype(), {rows.size(0)});
  cross_entropy_forward(tape.context(), rows, targets, loss.value, lse, options);
  tape.record([logits, rows, targets, lse, options, loss](Tape& t) {
    const Tensor dloss = t.gradient(loss);
    if (dloss.empty()) return;
    Context& context = t.context();
    cross_entropy_backward(context, rows, targets, lse, 1.0, rows, options);
    for (int64_t n = 0; n < rows.size(0) && !context.dry; ++n) {
      const Tensor row = rows.slice(0, n, n + 1);
      const double weight =
          dloss.dtype() == DType::kF64 ? dloss.as<double>()[n] : static_cast<double>(dloss.as<float>()[n]);
      scale(context, row, weight, row);
    }
    t.seed_gradient_in_place(logits);
  });
  return loss;
}

}  // namespace ascender
