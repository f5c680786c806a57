#include "ascender/tensor/arena.h"

#include <algorithm>
#include <sys/mman.h>

#include "ascender/base/error.h"

namespace ascender {
namespace {

constexpr size_t kAlign = 64;
size_t aligned(size_t bytes) { return (std::max<size_t>(bytes, 1) + kAlign - 1) / kAlign * kAlign; }

}  // namespace

Reservation::Reservation(size_t bytes) : data_(nullptr), bytes_(bytes) {
  void* address =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) throw_errno("mmap", std::to_string(bytes) + " bytes of address space");
  ::madvise(address, bytes, MADV_HUGEPAGE);
  data_ = static_cast<std::byte*>(address);
}

Reservation::~Reservation() { ::munmap(data_, bytes_); }

void* Arena::allocate(size_t bytes) {
  const size_t begin = used_;
  ASC_CHECK(bytes <= memory_.bytes() && aligned(bytes) <= memory_.bytes() - begin,
            "arena of {} bytes has {} left, {} asked", memory_.bytes(), memory_.bytes() - begin, bytes);
  used_ += aligned(bytes);
  peak_ = std::max(peak_, used_);
  return memory_.data() + begin;
}

Tensor Arena::tensor(DType dtype, const Shape& shape) {
  return Tensor(allocate(static_cast<size_t>(shape.count()) * static_cast<size_t>(size_of(dtype))), dtype,
                shape);
}

void Arena::release(size_t mark) {
  ASC_CHECK(mark <= used_, "release to {} of {}", mark, used_);
  used_ = mark;
}

BlockPool::BlockPool(size_t reserve_bytes, size_t max_blocks) : memory_(reserve_bytes) {
  blocks_.reserve(max_blocks);
  clear();
}

void BlockPool::clear() { blocks_.assign(1, Block{0, memory_.bytes(), false}); }

void* BlockPool::allocate(size_t bytes) {
  ASC_CHECK(bytes <= memory_.bytes(), "block pool of {} bytes has no room for {}", memory_.bytes(), bytes);
  const size_t need = aligned(bytes);
  const auto it = std::ranges::find_if(blocks_, [&](const Block& b) { return !b.used && b.bytes >= need; });
  ASC_CHECK(it != blocks_.end(), "block pool of {} bytes has no room for {}", memory_.bytes(), bytes);
  const size_t offset = it->offset;
  if (it->bytes > need) {
    ASC_CHECK(blocks_.size() < blocks_.capacity(), "block pool has {} blocks, no more allowed",
              blocks_.size());
    blocks_.insert(it + 1, Block{offset + need, it->bytes - need, false});
    auto& block = *std::ranges::find(blocks_, offset, &Block::offset);
    block = {offset, need, true};
  } else {
    it->used = true;
  }
  peak_ = std::max(peak_, offset + need);
  return memory_.data() + offset;
}

void BlockPool::free(void* block) {
  const auto offset = static_cast<size_t>(static_cast<std::byte*>(block) - memory_.data());
  auto it = std::ranges::lower_bound(blocks_, offset, {}, &Block::offset);
  ASC_CHECK(it != blocks_.end() && it->offset == offset && it->used, "free of a block that is not in use");
  it->used = false;
  if (it + 1 != blocks_.end() && !(it + 1)->used) {
    it->bytes += (it + 1)->bytes;
    blocks_.erase(it + 1);
  }
  if (it != blocks_.begin() && !(it - 1)->used) {
    (it - 1)->bytes += it->bytes;
    blocks_.erase(it);
  }
}

}  // namespace ascender
