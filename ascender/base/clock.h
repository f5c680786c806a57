// Time that only moves forward, for durations; and memory of this process.
#pragma once

#include <cstdint>

namespace ascender {

double seconds_now();         // monotonic
int64_t peak_memory_bytes();  // high-water mark of resident memory
int64_t memory_bytes();       // resident now

}  // namespace ascender
