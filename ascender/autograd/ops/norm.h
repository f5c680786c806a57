// RMSNorm and LayerNorm over the last axis; kernels/norm/norm.h has the mathematics.
#pragma once

#include "ascender/autograd/tape.h"

namespace ascender {

// gain: [C] or empty; residual (like x) is added to the result.
Var rms_norm(Tape& tape, const Var& x, const Var& gain, double eps = 1e-5, const Var& residual = {});
Var layer_norm(Tape& tape, const Var& x, const Var& gain, const Var& bias, double eps = 1e-5);

}  // namespace ascender
