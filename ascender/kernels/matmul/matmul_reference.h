// Plain loops for everything in matmul.h: the oracle of the tests. matmul.h declares matmul_reference itself.
#pragma once

#include "ascender/kernels/matmul/matmul.h"

namespace ascender {

void activation_backward_reference(Context& context, Activation activation, const Tensor& z, const Tensor& dc,
                                   const Tensor& dz);

// activation(z) and its derivative for one number; not for SwiGLU, whose gate is silu.
double activate(Activation activation, double z);
double activation_slope(Activation activation, double z);
double silu(double z);
double silu_slope(double z);

}  // namespace ascender
