// Rotary positions on the tape. x: [B,T,H,D]; tables from rope_table.
#pragma once

#include "ascender/autograd/tape.h"

namespace ascender {

Var rope(Tape& tape, const Var& x, const Tensor& cosines, const Tensor& sines, int64_t offset = 0);

}  // namespace ascender
