// A learned gate that decides when to stop looping (Ouro, arXiv 2510.25741, stage I): at loop t a row leaves
// with chance lambda_t = sigmoid(g_t), p_t = lambda_t prod_{j<t} (1 - lambda_j), the last loop taking what is
// left.
//   loss = mean over counted rows of [ sum_t p_t loss_t - entropy_weight * H(p) ]
#pragma once

#include "ascender/autograd/tape.h"

namespace ascender {

inline constexpr int kMaxGatedLoops = 64;

// losses, gates: `loops` values of shape [N]; targets i32 [N], rows with a target < 0 do not count.
double gated_loss(Tape& tape, const Var* losses, const Var* gates, int loops, const Tensor& targets,
                  double entropy_weight, double count);

// p_t of one row from its gates.
void exit_distribution(const double* gates, int loops, double* p);

}  // namespace ascender
