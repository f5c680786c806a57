#include "ascender/kernels/matmul/matmul_reference.h"

#include <bit>
#include <cmath>
#include <numbers>

#include "ascender/kernels/matmul/problem.h"

namespace ascender {
namespace {

float widen(float x) { return x; }
double widen(double x) { return x; }
float widen(Bf16 x) { return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16); }

// GELU's inner argument: Hendrycks and Gimpel 2016, section 2.
constexpr double kGeluCubic = 0.044715;
const double kGeluScale = std::sqrt(2.0 * std::numbers::inv_pi);

template <class T>
struct Rows {
  T* data;
  int64_t stride;
  explicit Rows(const Tensor& x)
      : data(x.empty() ? nullptr : x.as<T>()), stride(x.rank() == 2 ? x.stride(0) : 0) {}
  explicit operator bool() const { return data != nullptr; }
  T& operator()(int64_t i, int64_t j) const { return data[i * stride + j]; }
};

// One element of op(A) op(B), starting from `sum`.
template <class S, class T>
T dot(const MatmulProblem& p, const Rows<S>& a, const Rows<S>& b, int64_t i, int64_t j, T sum) {
  for (int64_t k = 0; k < p.K; ++k) {
    const T x = widen(p.kind == MatmulKind::kTN ? a(k, i) : a(i, k));
    const T y = widen(p.kind == MatmulKind::kNT ? b(j, k) : b(k, j));
    sum = std::fma(x, y, sum);
  }
  return sum;
}

template <class S, class T>
void multiply_loops(const MatmulProblem& p, const Tensor& a_tensor, const Tensor& b_tensor,
                    const Tensor& c_tensor, const MatmulOptions& options) {
  const Rows<S> a(a_tensor), b(b_tensor);
  const Rows<T> c(c_tensor), pre(options.preactivation), residual(options.residual),
      of(options.derivative_of);
  const T* bias = options.bias.empty() ? nullptr : options.bias.as<T>();
  const auto z_at = [&](int64_t i, int64_t j) {
    const T z =
        dot<S, T>(p, a, b, i, j, options.write == Write::kAdd ? c(i, j) : T(0)) + (bias ? bias[j] : T(0));
    if (pre) pre(i, j) = z;
    return z;
  };
  for (int64_t i = 0; i < p.M; ++i) {
    for (int64_t j = 0; j < p.columns; ++j) {
      T value = z_at(i, j);
      if (of) {
        value *= static_cast<T>(activation_slope(options.activation, of(i, j)));
      } else if (options.activation == Activation::kSwiGlu) {
        value = static_cast<T>(silu(value)) * z_at(i, p.columns + j);
      } else if (options.activation != Activation::kNone) {
        value = static_cast<T>(activate(options.activation, value));
      }
      c(i, j) = residual ? value + residual(i, j) : value;
    }
  }
}

template <class T>
void backward_loops(const MatmulProblem& p, Activation activation, const Tensor& z_tensor,
                    const Tensor& dc_tensor, const Tensor& dz_tensor) {
  const Rows<T> z(z_tensor), dc(dc_tensor), dz(dz_tensor);
  for (int64_t i = 0; i < p.M; ++i) {
    for (int64_t j = 0; j < p.columns; ++j) {
      const double d = dc(i, j);
      if (activation == Activation::kSwiGlu) {
        const double gate = z(i, j), value = z(i, p.columns + j);
        dz(i, j) = static_cast<T>(d * value * silu_slope(gate));
        dz(i, p.columns + j) = static_cast<T>(d * silu(gate));
      } else {
        dz(i, j) = static_cast<T>(d * activation_slope(activation, z(i, j)));
      }
    }
  }
}

}  // namespace

double silu(double z) { return z / (1 + std::exp(-z)); }

double silu_slope(double z) {
  const double gate = 1 / (1 + std::exp(-z));
  return gate * (1 + z * (1 - gate));
}

double activate(Activation activation, double z) {
  switch (activation) {
    case Activation::kNone:
      return z;
    case Activation::kGelu:
      return 0.5 * z * (1 + std::tanh(kGeluScale * (z + kGeluCubic * z * z * z)));
    case Activation::kRelu:
      return z <= 0 ? 0 : z;  // NaN stays NaN
    case Activation::kReluSquared:
      return z <= 0 ? 0 : z * z;
    case Activation::kSwiGlu:
      break;
  }
  ASC_CHECK(false, "SwiGLU is not a map of one number");
}

double activation_slope(Activation activation, double z) {
  switch (activation) {
    case Activation::kNone:
      return 1;
    case Activation::kGelu: {
      const double t = std::tanh(kGeluScale * (z + kGeluCubic * z * z * z));
      return 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * kGeluScale * (1 + 3 * kGeluCubic * z * z);
    }
    case Activation::kRelu:
      return z > 0 ? 1 : 0;
    case Activation::kReluSquared:
      return z > 0 ? 2 * z : 0;
    case Activation::kSwiGlu:
      break;
  }
  ASC_CHECK(false, "SwiGLU is not a map of one number");
}

void matmul_reference(Context& context, MatmulKind kind, const Tensor& a, const Tensor& b, const Tensor& c,
                      const MatmulOptions& options) {
  const MatmulProblem p = matmul_problem(kind, a, b, c, options);
  if (!context.begin(p.flops, p.bytes)) return;
  switch (a.dtype()) {
    case DType::kF64:
      return multiply_loops<double, double>(p, a, b, c, options);
    case DType::kBf16:
      return multiply_loops<Bf16, float>(p, a, b, c, options);
    default:
      return multiply_loops<float, float>(p, a, b, c, options);
  }
}

void activation_backward_reference(Context& context, Activation activation, const Tensor& z, const Tensor& dc,
                                   const Tensor& dz) {
  const MatmulProblem p = activation_problem(activation, z, dc, dz);
  if (!context.begin(p.flops, p.bytes)) return;
  visit_real(z.dtype(), "activation_backward",
             [&]<class T>() { backward_loops<T>(p, activation, z, dc, dz); });
}

}  // namespace ascender
