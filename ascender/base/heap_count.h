// For tests that say: no heap allocation here.
#pragma once

#include <cstdint>

namespace ascender {

// `new`s of this thread so far; defined by heap_count-inl.h.
int64_t heap_allocations();

}  // namespace ascender
