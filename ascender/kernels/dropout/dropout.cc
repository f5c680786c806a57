#include "ascender/kernels/dropout/dropout.h"

#include "ascender/kernels/dropout/dropout_cpu.h"
#include "ascender/kernels/rows.h"

namespace ascender {

void dropout(Context& context, const Tensor& x, const Tensor& y, const DropoutOptions& options, Write write) {
  ASC_CHECK(x.contiguous() && y.contiguous() && y.count() == x.count() && y.dtype() == x.dtype(),
            "[dropout] y must be contiguous {} {}, got {} {}", x.shape().text(), name_of(x.dtype()),
            y.shape().text(), name_of(y.dtype()));
  ASC_CHECK(0 <= options.drop_prob && options.drop_prob < 1, "[dropout] drop_prob must be in [0, 1), got {}",
            options.drop_prob);
  ASC_CHECK(options.site < (1ULL << 24) && x.count() < (1LL << 42),
            "[dropout] site {} or {} elements too many", options.site, x.count());
  if (!context.begin(static_cast<double>(x.count()), bytes_of(x) + bytes_of(y, write))) return;
  dropout_cpu(context, x, y, options, write);
}

}  // namespace ascender
