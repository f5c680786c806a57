// Optimisers over flat storage: p, g, moments are contiguous [n], one call a group of parameters.
// `gradient_scale` is applied to g first (clipping, 1 / accumulation) without writing g.
#pragma once

#include "ascender/kernels/context.h"

namespace ascender {

// Loshchilov 2019, algorithm 2 (decoupled decay): m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;
// p -= lr * (m / (1-b1^t) / (sqrt(v / (1-b2^t)) + eps) + weight_decay * p), t = step from 1.
struct AdamW {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  int64_t step = 1;
  double gradient_scale = 1;
};
void adamw(Context& context, const Tensor& p, const Tensor& g, const Tensor& m, const Tensor& v,
           const AdamW& options);

// PyTorch's SGD: g += weight_decay * p; m = momentum * m + g; p -= lr * (nesterov ? g + momentum * m : m).
struct Sgd {
  double lr = 1e-2, momentum = 0.9, weight_decay = 0;
  bool nesterov = false;
  double gradient_scale = 1;
};
void sgd(Context& context, const Tensor& p, const Tensor& g, const Tensor& m, const Sgd& options);

// Muon (Jordan 2024) on one matrix p [R,C]: m = momentum * m + g; u = nesterov ? g + momentum * m : m;
// o = five Newton-Schulz steps on u / |u| (3.4445, -4.7750, 2.0315); p -= lr * (sqrt(max(1, R/C)) * o + wd *
// p).
struct Muon {
  double lr = 0.02, momentum = 0.95, weight_decay = 0;
  bool nesterov = true;
  double gradient_scale = 1;
};
void muon(Context& context, const Tensor& p, const Tensor& g, const Tensor& m, const Muon& options);

// average = decay * average + (1 - decay) * p: weight averaging.
void average_weights(Context& context, const Tensor& p, const Tensor& average, double decay);

}  // namespace ascender
