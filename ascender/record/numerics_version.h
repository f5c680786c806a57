// The version of the numbers. Raise it in the change that alters any bit that a training run computes: the
// order of a reduction, a formula, a random stream, an initialisation. It is part of a trial's id and of
// every checkpoint and environment.json, so results of two versions are never mixed.
// train/golden_bits_test.cc fails until it is raised.
#pragma once

namespace ascender {

inline constexpr int kNumericsVersion = 1;

}  // namespace ascender
