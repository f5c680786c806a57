// Dropout whose mask is drawn by counter: nothing is stored, and a recomputed forward draws the same.
#pragma once

#include "ascender/autograd/tape.h"
#include "ascender/kernels/dropout/dropout.h"

namespace ascender {

Var dropout(Tape& tape, const Var& x, const DropoutOptions& options);

}  // namespace ascender
