// Runs the GPU bodies against plain loops in double precision and prints the largest differences; exit 1 when one is
// beyond what bf16 operands and f32 sums allow. Built and started by tools/cuda_build.sh where there is a GPU.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "ascender/kernels/attention/attention_cuda.cu"
#include "ascender/kernels/matmul/matmul_cuda.cu"

namespace {

using Bf = __nv_bfloat16;

void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "CUDA: %s\n", cudaGetErrorString(error));
  std::exit(1);
}

// Memory that host and GPU share.
template <class T>
struct Shared {
  explicit Shared(size_t n) : count(n) { check(cudaMallocManaged(&data, n * sizeof(T))); }
  ~Shared() { cudaFree(data); }
  T* data = nullptr;
  size_t count;
};

void fill(Shared<Bf>& x, uint32_t seed) {
  for (size_t i = 0; i < x.count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    x.data[i] = __float2bfloat16(static_cast<float>(static_cast<int32_t>(seed)) * 0x1p-31f);
  }
}
double at(const Shared<Bf>& x, size_t i) { return __bfloat162float(x.data[i]); }

bool report(const char* name, double worst, double bound) {
  std::printf("%-28s largest difference %.2e, allowed %.2e%s\n", name, worst, bound, worst <= bound ? "" : "  FAILED");
  return worst <= bound;
}

template <ascender::N_CUDA::Kind kKind>
bool run_matmul(const char* name, int M, int N, int K) {
  using ascender::N_CUDA::Kind;
  using ascender::N_CUDA::kBlock;
  Shared<Bf> a(size_t(M) * K), b(size_t(K) * N);
  Shared<float> c(size_t(M) * N);
  fill(a, 1);
  fill(b, 2);
  const dim3 grid((M + kBlock.m - 1) / kBlock.m, (N + kBlock.n - 1) / kBlock.n);
  ascender::N_CUDA::matmul<kKind, ascender::N_CUDA::Store><<<grid, 1>>>(a.data, b.data, c.data, M, N, K, 0);
  check(cudaGetLastError());
  check(cudaDeviceSynchronize());
  double worst = 0;
  for (int i = 0; i < M; i += 7) {
    for (int j = 0; j < N; j += 5) {
      double sum = 0;
      for (int k = 0; k < K; ++k) {
        sum += at(a, kKind == Kind::kTN ? size_t(k) * M + i : size_t(i) * K + k) *
               at(b, kKind == Kind::kNT ? size_t(j) * K + k : size_t(k) * N + j);
      }
      worst = std::max(worst, std::abs(sum - c.data[size_t(i) * N + j]));
    }
  }
  return report(name, worst, K * 0x1p-23);  // products of bf16 are exact; K roundings of sums below K
}

// Causal, one query head a key head, D = 64.
bool run_attention(int B, int H, int T) {
  constexpr int kD = 64;
  const size_t count = size_t(B) * T * H * kD;
  Shared<Bf> q(count), k(count), v(count);
  Shared<float> out(count), lse(size_t(B) * H * T);
  fill(q, 3);
  fill(k, 4);
  fill(v, 5);
  const double scale = 1.0 / std::sqrt(double(kD));
  const dim3 grid((T + ascender::cuda_attention::kQueries - 1) / ascender::cuda_attention::kQueries, H, B);
  ascender::cuda_attention::attention_forward<kD><<<grid, 1>>>(q.data, k.data, v.data, out.data, lse.data, B, H, H, T, T,
                                                               float(scale * 1.4426950408889634), 1, 0, 0);
  check(cudaGetLastError());
  check(cudaDeviceSynchronize());
  const auto index = [&](int b, int t, int h) { return ((size_t(b) * T + t) * H + h) * kD; };
  double worst = 0;
  for (int t = 0; t < T; t += 13) {
    const int b = t % B, h = t % H;
    std::vector<double> p(size_t(t) + 1);
    double sum = 0;
    for (int j = 0; j <= t; ++j) {
      double s = 0;
      for (int d = 0; d < kD; ++d) s += at(q, index(b, t, h) + d) * at(k, index(b, j, h) + d);
      p[size_t(j)] = std::exp(s * scale);
      sum += p[size_t(j)];
    }
    for (int d = 0; d < kD; ++d) {
      double o = 0;
      for (int j = 0; j <= t; ++j) o += p[size_t(j)] / sum * at(v, index(b, j, h) + d);
      worst = std::max(worst, std::abs(o - out.data[index(b, t, h) + d]));
    }
  }
  return report("attention causal D=64", worst, 0x1p-8);  // probabilities are rounded to bf16: 2^-9 of at most 1
}

}  // namespace

int main() {
  using ascender::N_CUDA::Kind;
  bool good = run_matmul<Kind::kNN>("matmul NN 512x384x256", 512, 384, 256);
  good &= run_matmul<Kind::kNT>("matmul NT 200x136x264", 200, 136, 264);
  good &= run_matmul<Kind::kTN>("matmul TN 136x200x264", 136, 200, 264);
  good &= run_attention(2, 3, 300);
  return good ? 0 : 1;
}
