// What every kernel is handed: the workers, scratch memory, and whether this is a dry run that only counts.
#pragma once

#include "ascender/base/threads.h"
#include "ascender/tensor/arena.h"

namespace ascender {

// FLOPs and compulsory bytes, added up by the kernels themselves.
struct Work {
  double flops = 0;
  double bytes = 0;
};

// Whether sums are cut by the shape alone, so that they give the same bits for any number of workers, or into
// one part a worker, which only measures what the former costs.
enum class Order { kFixed, kFree };

struct Context {
  Threads& threads;
  Arena& scratch;    // stack discipline: take a mark, allocate, release before returning
  Work work = {};    // every kernel adds what it does
  bool dry = false;  // count only: touch no tensor memory
  Order order = Order::kFixed;

  // Adds to the counters; true when the kernel should go on and compute.
  bool begin(double flops, double bytes) {
    work.flops += flops;
    work.bytes += bytes;
    return !dry;
  }
};

// How a result meets what its memory holds.
enum class Write { kAssign, kAdd };

}  // namespace ascender
