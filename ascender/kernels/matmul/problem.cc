#include "ascender/kernels/matmul/problem.h"

namespace ascender {
namespace {

double bytes_of(const Tensor& tensor) { return static_cast<double>(tensor.bytes()); }
double bytes_if_given(const Tensor& tensor) { return tensor.empty() ? 0.0 : bytes_of(tensor); }

void check_matrix(const Tensor& x, const char* name, int64_t rows, int64_t columns, DType dtype) {
  ASC_CHECK(x.rank() == 2 && x.size(0) == rows && x.size(1) == columns, "[matmul] {} must be [{},{}], got {}",
            name, rows, columns, x.shape().text());
  ASC_CHECK(x.dtype() == dtype, "[matmul] {} must be {}, got {}", name, name_of(dtype), name_of(x.dtype()));
}

void check_epilogue(const MatmulProblem& p, DType dtype, const MatmulOptions& options) {
  const bool gated = options.activation == Activation::kSwiGlu;
  const bool plain = options.bias.empty() && options.activation == Activation::kNone &&
                     options.preactivation.empty() && options.residual.empty() &&
                     options.derivative_of.empty();
  ASC_CHECK(options.write == Write::kAssign || plain, "[matmul] adding takes no epilogue");
  if (plain) return;
  if (!options.bias.empty()) {
    ASC_CHECK(options.bias.rank() == 1 && options.bias.size(0) == p.N && options.bias.dtype() == dtype,
              "[matmul] bias must be [{}] {}, got {} {}", p.N, name_of(dtype), options.bias.shape().text(),
              name_of(options.bias.dtype()));
  }
  if (!options.preactivation.empty()) check_matrix(options.preactivation, "preactivation", p.M, p.N, dtype);
  if (!options.residual.empty()) check_matrix(options.residual, "residual", p.M, p.columns, dtype);
  if (!options.derivative_of.empty()) {
    check_matrix(options.derivative_of, "derivative_of", p.M, p.N, dtype);
    ASC_CHECK(!gated && options.bias.empty() && options.preactivation.empty() && options.residual.empty(),
              "[matmul] derivative_of goes with nothing but an activation other than SwiGLU");
  }
}

}  // namespace

MatmulProblem matmul_problem(MatmulKind kind, const Tensor& a, const Tensor& b, const Tensor& c,
                             const MatmulOptions& options) {
  ASC_CHECK(a.rank() == 2 && b.rank() == 2 && c.rank() == 2,
            "[matmul] operands must be matrices, got {} {} {}", a.shape().text(), b.shape().text(),
            c.shape().text());
  MatmulProblem p;
  p.kind = kind;
  p.M = kind == MatmulKind::kTN ? a.size(1) : a.size(0);
  p.K = kind == MatmulKind::kTN ? a.size(0) : a.size(1);
  p.N = kind == MatmulKind::kNT ? b.size(0) : b.size(1);
  p.columns = options.activation == Activation::kSwiGlu ? p.N / 2 : p.N;
  const int64_t depth = kind == MatmulKind::kNT ? b.size(1) : b.size(0);
  ASC_CHECK(depth == p.K, "[matmul] A {} and B {} disagree in depth", a.shape().text(), b.shape().text());
  ASC_CHECK(options.activation != Activation::kSwiGlu || p.N % 2 == 0, "[matmul] SwiGLU of {} columns", p.N);
  ASC_CHECK(a.dtype() == b.dtype() && a.dtype() != DType::kI32, "[matmul] A is {}, B is {}",
            name_of(a.dtype()), name_of(b.dtype()));
  const DType out = a.dtype() == DType::kF64 ? DType::kF64 : DType::kF32;
  check_matrix(c, "C", p.M, p.columns, out);
  check_epilogue(p, out, options);
  p.flops = 2.0 * static_cast<double>(p.M) * static_cast<double>(p.N) * static_cast<double>(p.K);
  p.bytes = bytes_of(a) + bytes_of(b) + bytes_of(c) * (options.write == Write::kAdd ? 2 : 1) +
            bytes_if_given(options.bias) + bytes_if_given(options.preactivation) +
            bytes_if_given(options.residual) + bytes_if_given(options.derivative_of);
  return p;
}

MatmulProblem activation_problem(Activation activation, const Tensor& z, const Tensor& dc, const Tensor& dz) {
  ASC_CHECK(z.rank() == 2, "[activation_backward] z must be a matrix, got {}", z.shape().text());
  MatmulProblem p;
  p.M = z.size(0);
  p.N = z.size(1);
  p.columns = activation == Activation::kSwiGlu ? p.N / 2 : p.N;
  check_matrix(dc, "dc", p.M, p.columns, z.dtype());
  check_matrix(dz, "dz", p.M, p.N, z.dtype());
  p.flops = static_cast<double>(p.M * p.N);
  p.bytes = bytes_of(z) + bytes_of(dc) + bytes_of(dz);
  return p;
}

}  // namespace ascender
