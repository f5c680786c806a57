// Memory without the heap: address space is reserved once, pages are touched as they are needed, and what was
// touched stays, so that a step after the first allocates nothing. Blocks are 64-byte aligned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ascender/tensor/tensor.h"

namespace ascender {

// A reservation of address space; memory is committed by touching it.
class Reservation {
 public:
  explicit Reservation(size_t bytes);
  ~Reservation();
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  std::byte* data_;
  size_t bytes_;
};

// A stack: allocate, mark, release back to a mark. Knows its peak.
class Arena {
 public:
  explicit Arena(size_t reserve_bytes) : memory_(reserve_bytes) {}
  void* allocate(size_t bytes);
  Tensor tensor(DType dtype, const Shape& shape);
  size_t mark() const { return used_; }
  void release(size_t mark);
  size_t peak_bytes() const { return peak_; }
  void reset_peak() { peak_ = used_; }

 private:
  Reservation memory_;
  size_t used_ = 0;
  size_t peak_ = 0;
};

// Blocks freed in any order, first fit, for gradients: each lives from its first contribution until its
// producer has run backward. The order of calls decides the addresses, so two equal steps use equal memory.
class BlockPool {
 public:
  explicit BlockPool(size_t reserve_bytes, size_t max_blocks = 4096);
  void* allocate(size_t bytes);
  void free(void* block);
  void clear();
  size_t peak_bytes() const { return peak_; }

 private:
  struct Block {
    size_t offset;
    size_t bytes;
    bool used;
  };
  Reservation memory_;
  std::vector<Block> blocks_;  // by offset; capacity reserved
  size_t peak_ = 0;
};

}  // namespace ascender
