#include "ascender/kernels/matmul/matmul.h"

#include <algorithm>

#include "ascender/kernels/matmul/matmul_cpu.h"
#include "ascender/kernels/matmul/problem.h"
#include "ascender/kernels/matmul/schedule_book.h"

namespace ascender {
namespace {

// Products below this many multiply-adds run at once on the caller: a dispatch would cost more than it saves.
constexpr int64_t kSmall = 1 << 17;
// The most that is packed of A: beyond it A is read in place.
constexpr int64_t kMostPackedA = int64_t{32} << 20;

template <class T>
class Product {
 public:
  Product(Context& context, const MatmulProblem& problem, const MatmulPlan& plan, const Tensor& a,
          const Tensor& b, const Tensor& c, const MatmulOptions& options)
      : context_(context), p_(problem), plan_(plan), a_(a), b_(b), c_(c), options_(options) {
    const Target target = simd_target();
    schedule_ = kMatmulSchedules[plan.schedule];
    packs_ = &pack_functions<T>(target);
    gated_ = options.activation == Activation::kSwiGlu;
    const bool plain = options.bias.empty() && options.activation == Activation::kNone &&
                       options.preactivation.empty() && options.residual.empty();
    const EpilogueKind kind = gated_  ? EpilogueKind::kSwiGlu
                              : plain ? EpilogueKind::kStore
                                      : EpilogueKind::kMap;
    run_ = panel_function<T>(target, plan.schedule, kind);
    bf16_ = a.dtype() == DType::kBf16;
    // A panel read in place must be whole packs wherever loads of part of a pack are not free.
    const bool ragged = p_.columns % (64 / static_cast<int>(sizeof(T))) != 0 && target != Target::kAvx512;
    pack_b_ = plan.pack_b || p_.kind == MatmulKind::kNT || bf16_ || ragged;
    pack_a_ = bf16_ || (plan.pack_a && p_.M * p_.K * static_cast<int64_t>(sizeof(T)) <= kMostPackedA);
    block_rows_ = register_block_of<T>(target, schedule_.n).rows;
  }

  void run(const T* panels = nullptr) {
    panels_ = panels;
    if (p_.M == 0 || p_.columns == 0) return;
    const size_t mark = context_.scratch.mark();
    const int64_t num_panels = ceil_div(p_.columns, schedule_.n);
    const bool small = p_.M * p_.N * p_.K <= kSmall;
    const int64_t workers = small ? 1 : context_.threads.count();
    const int64_t chunks = row_chunks(num_panels, workers);
    pack_left(workers);
    piecewise_ =
        pack_b_ && panels == nullptr && !gated_ && ceil_div(p_.M, chunks) <= schedule_.m - block_rows_;
    const int64_t deep = piecewise_ ? std::min<int64_t>(p_.K, schedule_.k) : p_.K;
    const size_t each = static_cast<size_t>(deep * schedule_.n) * (gated_ ? 2 : 1);
    T* buffers = pack_b_ && panels == nullptr ? allocate(each * static_cast<size_t>(workers)) : nullptr;
    if (workers == 1) {
      for (int64_t panel = 0; panel < num_panels; ++panel) run_tile(panel, 0, p_.M, buffers);
    } else {
      context_.threads.parallel(num_panels * chunks, [&](int64_t index) {
        const int64_t chunk = index % chunks;
        T* buffer = buffers == nullptr ? nullptr : buffers + each * static_cast<size_t>(Threads::worker());
        run_tile(index / chunks, chunk_begin(chunk, chunks), chunk_begin(chunk + 1, chunks), buffer);
      });
    }
    context_.scratch.release(mark);
  }

  // Packs every panel of B into memory [panel][k][n].
  void pack_all(T* memory) {
    const int64_t num_panels = ceil_div(p_.columns, schedule_.n);
    context_.threads.parallel(num_panels, [&](int64_t panel) {
      pack_right(panel * schedule_.n, memory + static_cast<size_t>(panel) * packed_panel_size());
    });
  }

 private:
  static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

  size_t packed_panel_size() const { return static_cast<size_t>(p_.K) * static_cast<size_t>(schedule_.n); }

  T* allocate(size_t count) { return static_cast<T*>(context_.scratch.allocate(count * sizeof(T))); }

  // Rows are cut only as far as the workers need it, since every chunk packs its panel for itself.
  int64_t row_chunks(int64_t num_panels, int64_t workers) const {
    if (workers == 1 || num_panels >= 4 * workers || num_panels % workers == 0) return 1;
    return std::min(workers, std::max<int64_t>(1, p_.M / (2 * block_rows_)));
  }

  int64_t chunk_begin(int64_t chunk, int64_t chunks) const {
    const int64_t blocks = ceil_div(p_.M, block_rows_);
    return std::min(p_.M, blocks * chunk / chunks * block_rows_);
  }

  void pack_left(int64_t workers) {
    if (!pack_a_) {
      left_.data = a_.as<T>();
      left_.step = a_.stride(0);
      left_.order = p_.kind == MatmulKind::kTN ? AOrder::kDepth : AOrder::kRows;
      return;
    }
    // A line more than it holds, so that panels of a round depth do not meet in the same sets of a cache.
    left_.panel = p_.K * block_rows_ + static_cast<int64_t>(64 / sizeof(T));
    left_.step = block_rows_;
    left_.order = AOrder::kDepth;
    T* memory = allocate(static_cast<size_t>(ceil_div(p_.M, block_rows_) * left_.panel));
    left_.data = memory;
    // One task packs many panels of a piece of the depth: rows that lie turned are read along their lines.
    const int64_t strip = int64_t{64} * block_rows_, piece = 256;
    const int64_t strips = ceil_div(p_.M, strip), pieces = ceil_div(p_.K, piece);
    const auto pack = [&](int64_t index) {
      pack_left_piece(index / pieces * strip, strip, index % pieces * piece, piece, memory);
    };
    if (workers == 1) {
      for (int64_t i = 0; i < strips * pieces; ++i) pack(i);
    } else {
      context_.threads.parallel(strips * pieces, pack);
    }
  }

  // Rows [row, row + strip) and depth [k, k + piece) of op(A) into the panels at `memory`.
  void pack_left_piece(int64_t row, int64_t strip, int64_t k, int64_t piece, T* memory) const {
    const bool turned = p_.kind == MatmulKind::kTN;
    const int64_t rows = std::min(strip, p_.M - row), depth = std::min(piece, p_.K - k);
    const int64_t offset = turned ? k * a_.stride(0) + row : row * a_.stride(0) + k;
    T* to = memory + row / block_rows_ * left_.panel + k * block_rows_;
    if (bf16_) {
      packs_->a_bf16(static_cast<const Bf16*>(a_.data()) + offset, a_.stride(0), turned, rows, depth, to,
                     block_rows_, left_.panel);
    } else {
      packs_->a(static_cast<const T*>(a_.data()) + offset, a_.stride(0), turned, rows, depth, to, block_rows_,
                left_.panel);
    }
  }

  // Columns [column, column + n) of op(B), to [k][n].
  void pack_right(int64_t column, T* to) const {
    const bool turned = p_.kind == MatmulKind::kNT;
    const int64_t half = column < p_.columns ? p_.columns : p_.N;  // where the columns of this half of B end
    const int columns = static_cast<int>(std::min<int64_t>(schedule_.n, half - column));
    const int64_t offset = turned ? column * b_.stride(0) : column;
    if (bf16_) {
      packs_->b_bf16(static_cast<const Bf16*>(b_.data()) + offset, b_.stride(0), turned, p_.K, columns, to,
                     schedule_.n);
    } else {
      packs_->b(static_cast<const T*>(b_.data()) + offset, b_.stride(0), turned, p_.K, columns, to,
                schedule_.n);
    }
  }

  // Rows [begin, end) of a panel of columns.
  void run_tile(int64_t panel, int64_t begin, int64_t end, T* buffer) const {
    if (begin == end) return;
    const int64_t column = panel * schedule_.n;
    PanelJob<T> job;
    job.a = left_;
    job.a.data += left_.panel != 0 ? begin / block_rows_ * left_.panel
                                   : begin * (left_.order == AOrder::kRows ? left_.step : 1);
    job.rows = end - begin;
    job.depth = p_.K;
    job.columns = static_cast<int>(std::min<int64_t>(schedule_.n, p_.columns - column));
    if (piecewise_) {
      const bool turned = p_.kind == MatmulKind::kNT;
      const int64_t offset = turned ? column * b_.stride(0) : column;
      const char* data = static_cast<const char*>(b_.data()) + offset * size_of(b_.dtype());
      const bool last = column + schedule_.n >= p_.columns;
      job.unpacked = {data,  b_.stride(0), turned,
                      bf16_, buffer,       last ? nullptr : data + schedule_.n * size_of(b_.dtype())};
    } else {
      job.b = right(column, panel, buffer, job.b_step);
    }
    job.b_columns = panels_ != nullptr || buffer != nullptr ? schedule_.n : job.columns;
    if (gated_) {
      const int64_t num_panels = ceil_div(p_.columns, schedule_.n);
      job.b_value = right(p_.columns + column, num_panels + panel,
                          buffer == nullptr ? nullptr : buffer + packed_panel_size(), job.b_step);
    }
    job.c = c_.as<T>() + begin * c_.stride(0) + column;
    job.c_step = c_.stride(0);
    job.add = options_.write == Write::kAdd;
    fill_epilogue(job, begin, column);
    run_(job);
  }

  const T* right(int64_t column, int64_t panel, T* buffer, int64_t& step) const {
    step = schedule_.n;
    if (panels_ != nullptr) return panels_ + static_cast<size_t>(panel) * packed_panel_size();
    if (buffer != nullptr) {
      pack_right(column, buffer);
      return buffer;
    }
    step = b_.stride(0);
    return static_cast<const T*>(b_.data()) + column;
  }

  void fill_epilogue(PanelJob<T>& job, int64_t row, int64_t column) const {
    PanelEpilogue<T>& e = job.epilogue;
    e.activation = options_.activation;
    if (!options_.bias.empty()) {
      e.bias = options_.bias.as<T>() + column;
      if (gated_) job.bias_value = e.bias + p_.columns;
    }
    if (!options_.preactivation.empty()) {
      e.preactivation_step = options_.preactivation.stride(0);
      e.preactivation = options_.preactivation.as<T>() + row * e.preactivation_step + column;
      if (gated_) job.preactivation_value = e.preactivation + p_.columns;
    }
    if (!options_.residual.empty()) {
      e.residual_step = options_.residual.stride(0);
      e.residual = options_.residual.as<T>() + row * e.residual_step + column;
    }
    if (!options_.derivative_of.empty()) {
      e.derivative_step = options_.derivative_of.stride(0);
      e.derivative_of = options_.derivative_of.as<T>() + row * e.derivative_step + column;
    }
  }

  Context& context_;
  const MatmulProblem& p_;
  MatmulPlan plan_;
  const Tensor& a_;
  const Tensor& b_;
  const Tensor& c_;
  const MatmulOptions& options_;
  Schedule schedule_;
  const PackFunctions<T>* packs_ = nullptr;
  PanelFunction<T> run_ = nullptr;
  LeftRows<T> left_;
  const T* panels_ = nullptr;
  bool pack_a_ = false, pack_b_ = false, bf16_ = false, gated_ = false, piecewise_ = false;
  int block_rows_ = 6;
};

MatmulPlan plan_for(const MatmulProblem& p, DType dtype) { return plan_of({p.kind, dtype, p.M, p.N, p.K}); }

// Panels are cut by the width of N alone, so that whoever multiplies by them later finds the same.
MatmulPlan packed_plan(const Tensor& b, int64_t N) {
  MatmulPlan plan = static_plan({MatmulKind::kNN, b.dtype(), 1 << 20, N, 1});
  plan.pack_a = false;
  plan.pack_b = true;
  return plan;
}

}  // namespace

void matmul(Context& context, MatmulKind kind, const Tensor& a, const Tensor& b, const Tensor& c,
            const MatmulOptions& options) {
  const MatmulProblem p = matmul_problem(kind, a, b, c, options);
  if (!context.begin(p.flops, p.bytes)) return;
  const MatmulPlan plan = plan_for(p, a.dtype());
  if (a.dtype() == DType::kF64) {
    Product<double>(context, p, plan, a, b, c, options).run();
  } else {
    Product<float>(context, p, plan, a, b, c, options).run();
  }
}

size_t packed_bytes(MatmulKind kind, const Tensor& b) {
  const int64_t N = kind == MatmulKind::kNT ? b.size(0) : b.size(1);
  const int64_t K = kind == MatmulKind::kNT ? b.size(1) : b.size(0);
  const int width = kMatmulSchedules[packed_plan(b, N).schedule].n;
  const int64_t columns = (N + width - 1) / width * width;
  return static_cast<size_t>(columns * K * (b.dtype() == DType::kF64 ? 8 : 4));
}

PackedMatrix pack(Context& context, MatmulKind kind, const Tensor& b, void* memory) {
  ASC_CHECK(kind != MatmulKind::kTN, "[pack] B of TN lies as that of NN: pack it as kNN");
  ASC_CHECK(b.rank() == 2, "[pack] B must be a matrix, got {}", b.shape().text());
  MatmulProblem p;
  p.kind = kind;
  p.N = p.columns = kind == MatmulKind::kNT ? b.size(0) : b.size(1);
  p.K = kind == MatmulKind::kNT ? b.size(1) : b.size(0);
  PackedMatrix packed{kind, b, memory};
  if (!context.begin(0, 2.0 * static_cast<double>(b.bytes()))) return packed;
  const MatmulPlan plan = packed_plan(b, p.N);
  if (b.dtype() == DType::kF64) {
    Product<double>(context, p, plan, b, b, b, {}).pack_all(static_cast<double*>(memory));
  } else {
    Product<float>(context, p, plan, b, b, b, {}).pack_all(static_cast<float*>(memory));
  }
  return packed;
}

void matmul(Context& context, const Tensor& a, const PackedMatrix& b, const Tensor& c,
            const MatmulOptions& options) {
  const MatmulProblem p = matmul_problem(b.kind, a, b.source, c, options);
  if (!context.begin(p.flops, p.bytes)) return;
  const MatmulPlan plan = packed_plan(b.source, p.N);
  // The halves of a gated product must begin at panels; else the packed form is of no use.
  const bool usable =
      b.panels != nullptr && (p.columns == p.N || p.columns % kMatmulSchedules[plan.schedule].n == 0);
  if (a.dtype() == DType::kF64) {
    Product<double>(context, p, plan, a, b.source, c, options)
        .run(usable ? static_cast<double*>(b.panels) : nullptr);
  } else {
    Product<float>(context, p, plan, a, b.source, c, options)
        .run(usable ? static_cast<float*>(b.panels) : nullptr);
  }
}

void activation_backward(Context& context, Activation activation, const Tensor& z, const Tensor& dc,
                         const Tensor& dz) {
  const MatmulProblem p = activation_problem(activation, z, dc, dz);
  if (!context.begin(p.flops, p.bytes)) return;
  visit_real(z.dtype(), "activation_backward", [&]<class T>() {
    const auto row = pack_functions<T>(simd_target()).backward;
    const auto one = [&](int64_t i) {
      row(activation, z.as<T>() + i * z.stride(0), dc.as<T>() + i * dc.stride(0),
          dz.as<T>() + i * dz.stride(0), p.columns);
    };
    if (p.M * p.N < kSmall / 8) {
      for (int64_t i = 0; i < p.M; ++i) one(i);
    } else {
      context.threads.parallel(p.M, one);
    }
  });
}

}  // namespace ascender
