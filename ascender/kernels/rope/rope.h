// Rotary positions (Su 2021, eq. 34), half-split pairing: channel i with i + D/2, angle = position *
// base^(-2i/D). x, y: [B,T,H,D], the first three axes may be strided; y may alias x. The backward of a
// rotation is its inverse.
#pragma once

#include "ascender/kernels/context.h"

namespace ascender {

struct RopeOptions {
  double base = 10000;
  int64_t offset = 0;    // position of row 0
  bool inverse = false;  // rotate back
};
// cosines and sines: [>= offset + T, D/2] each, filled once by rope_table, dtype of x.
void rope_table(const Tensor& cosines, const Tensor& sines, double base);
void rope(Context& context, const Tensor& x, const Tensor& y, const Tensor& cosines, const Tensor& sines,
          const RopeOptions& options, Write write = Write::kAssign);

}  // namespace ascender
