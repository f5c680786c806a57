// Options of the loss that several models share.
#pragma once

#include "ascender/base/config.h"
#include "ascender/kernels/cross_entropy/cross_entropy.h"

namespace ascender {

void describe_loss(Schema& schema);
CrossEntropyOptions loss_options(const Config& config);  // InputError where they do not go together

}  // namespace ascender
