// The parts that transformer blocks are built of: norms and projections by name in a parameter store.
#pragma once

#include <string>

#include "ascender/autograd/ops.h"
#include "ascender/nn/parameters.h"

namespace ascender {

inline constexpr int kAbsent = -1;  // a parameter that is not there

inline Var var_or_none(const Parameters& parameters, int index) {
  return index < 0 ? Var{} : parameters.var(index);
}

// RMSNorm or LayerNorm with what the configuration left of gain and bias.
struct Norm {
  bool layer = false;  // LayerNorm
  int gain = kAbsent;
  int bias = kAbsent;
  double eps = 1e-5;

  static Norm rms(Parameters& parameters, const std::string& name, int64_t width, double gain = 1.0);
  static Norm layer_norm(Parameters& parameters, const std::string& name, int64_t width, bool has_bias);
  Var operator()(Tape& tape, const Parameters& parameters, const Var& x, const Var& residual = {}) const;
};

}  // namespace ascender
