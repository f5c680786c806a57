// y = x * keep / (1 - drop_prob), keep drawn by counter: element i of stream position `site` at `step`
// depends on (seed, step, site, i) alone, so backward and a recomputed forward draw the same mask without
// storing it. Layout: element i is dropped when word i % 4 of random_words(key, step, site << 40 | i / 4) is
// below round(drop_prob * 2^32). The same on every target.
#pragma once

#include "ascender/base/random.h"
#include "ascender/kernels/context.h"

namespace ascender {

struct DropoutOptions {
  double drop_prob = 0;
  RandomKey key;
  uint64_t step = 0;
  uint64_t site = 0;  // which dropout of the model
};
// The same call is forward (x -> y) and backward (dy -> dx). Contiguous; y may alias x.
void dropout(Context& context, const Tensor& x, const Tensor& y, const DropoutOptions& options,
             Write write = Write::kAssign);

}  // namespace ascender
