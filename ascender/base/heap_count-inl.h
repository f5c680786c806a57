// Counts what a test program takes from the heap with `new`, thread by thread (heap_count.h). Included by a
// source file with nothing else in it, once a program, so that the compiler does not see both ends of a
// `new`.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "ascender/base/heap_count.h"

namespace {

thread_local int64_t allocations = 0;

}  // namespace

void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace ascender {

int64_t heap_allocations() { return allocations; }

}  // namespace ascender
