#include "ascender/nn/block.h"

namespace ascender {

Norm Norm::rms(Parameters& parameters, const std::string& name, int64_t width, double gain) {
  return {.gain = parameters.add(name + ".weight", {width}, Init::constant(gain), Role::kVector)};
}

Norm Norm::layer_norm(Parameters& parameters, const std::string& name, int64_t width, bool has_bias) {
  Norm norm{.layer = true, .gain = parameters.add(name + ".weight", {width}, Init::ones(), Role::kVector)};
  if (has_bias) norm.bias = parameters.add(name + ".bias", {width}, Init::zeros(), Role::kVector);
  return norm;
}

Var Norm::operator()(Tape& tape, const Parameters& parameters, const Var& x, const Var& residual) const {
  const Var g = var_or_none(parameters, gain);
  if (!layer) return rms_norm(tape, x, g, eps, residual);
  const Var y = ascender::layer_norm(tape, x, g, var_or_none(parameters, bias), eps);
  return residual.empty() ? y : add(tape, y, residual);
}

}  // namespace ascender
