// Every differentiable operation: one line a binding.
#pragma once

#include "ascender/autograd/ops/attention.h"
#include "ascender/autograd/ops/cross_entropy.h"
#include "ascender/autograd/ops/dropout.h"
#include "ascender/autograd/ops/elementwise.h"
#include "ascender/autograd/ops/embedding.h"
#include "ascender/autograd/ops/linear.h"
#include "ascender/autograd/ops/norm.h"
#include "ascender/autograd/ops/rope.h"
