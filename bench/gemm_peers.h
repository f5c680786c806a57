// sgemm of the libraries people use, loaded with dlopen from the peers' environment (bench/peers/setup.sh),
// each on one thread. A library that is not there is left out, with a line that says so.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ascender/kernels/matmul/matmul.h"

namespace ascender::bench {

struct GemmCall {
  MatmulKind kind;
  int64_t M, N, K;
  const float* a;
  const float* b;
  float* c;
};

struct GemmPeer {
  std::string name;  // "oneDNN 3.13.0"
  std::function<void(const GemmCall&)> run;
};

std::vector<GemmPeer> gemm_peers(const std::string& environment);

}  // namespace ascender::bench
