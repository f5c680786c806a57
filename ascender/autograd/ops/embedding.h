// Rows of a table by token id; ids < 0 give zero rows.
#pragma once

#include "ascender/autograd/tape.h"

namespace ascender {

// table: [V,C], ids: i32 of any shape S -> [S..,C].
Var embedding(Tape& tape, const Var& table, const Tensor& ids);
// x + table[ids]: learned positions added to token embeddings. x: [S..,C].
Var add_embedding(Tape& tape, const Var& x, const Var& table, const Tensor& ids);

}  // namespace ascender
