#include "ascender/data/bpe/byte_pairs.h"

#include <bit>

#include "ascender/base/check.h"

namespace ascender {
namespace {

constexpr size_t kMaxKept = size_t{1} << 17;  // pieces remembered before all are forgotten
constexpr size_t kMaxKeptBytes = 64;          // a longer piece hardly comes again

}  // namespace

uint64_t BytePairs::pair_of(int32_t left, int32_t right) {
  return static_cast<uint64_t>(left) << 32 | static_cast<uint32_t>(right);
}

size_t BytePairs::slot_of(uint64_t pair) const {
  return static_cast<size_t>((pair * 0x9E3779B97F4A7C15ULL) >> shift_);
}

BytePairs::BytePairs(const std::array<int32_t, 256>& byte_ids,
                     const std::vector<std::array<int32_t, 3>>& merges)
    : byte_ids_(byte_ids), table_(std::bit_ceil(2 * merges.size() + 2)) {
  shift_ = 64 - std::countr_zero(table_.size());
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const auto [left, right, merged] = merges[rank];
    const uint64_t pair = pair_of(left, right);
    size_t slot = slot_of(pair);
    while (table_[slot].pair != kNoPair && table_[slot].pair != pair) slot = (slot + 1) % table_.size();
    if (table_[slot].pair == kNoPair) table_[slot] = {pair, static_cast<int32_t>(rank), merged};
  }
}

const BytePairs::Merge* BytePairs::find(int32_t left, int32_t right) const {
  const uint64_t pair = pair_of(left, right);
  const size_t mask = table_.size() - 1;
  for (size_t slot = slot_of(pair);; slot = (slot + 1) & mask) {
    if (table_[slot].pair == pair) return &table_[slot];
    if (table_[slot].pair == kNoPair) return nullptr;
  }
}

void BytePairs::consider(int32_t at, Scratch& scratch) const {
  if (at < 0) return;
  const auto& left = scratch.symbols_[static_cast<size_t>(at)];
  if (left.after < 0) return;
  const auto& right = scratch.symbols_[static_cast<size_t>(left.after)];
  if (const Merge* found = find(left.id, right.id)) {
    scratch.queue_.push({found->rank, at, left.id, right.id, found->id});
  }
}

void BytePairs::Scratch::apply(const Candidate& found, const BytePairs& pairs) {
  Symbol& left = symbols_[static_cast<size_t>(found.at)];
  if (left.id != found.left || left.after < 0) return;
  Symbol& right = symbols_[static_cast<size_t>(left.after)];
  if (right.id != found.right) return;
  left.id = found.id;
  left.after = right.after;
  right.id = -1;
  if (left.after >= 0) symbols_[static_cast<size_t>(left.after)].before = found.at;
  pairs.consider(left.before, *this);
  pairs.consider(found.at, *this);
}

// Leaves the tokens as the chain of symbols that begins at 0.
void BytePairs::merge(std::string_view piece, Scratch& scratch) const {
  scratch.symbols_.clear();
  const auto size = static_cast<int32_t>(piece.size());
  for (int32_t i = 0; i < size; ++i) {
    const auto byte = static_cast<uint8_t>(piece[static_cast<size_t>(i)]);
    scratch.symbols_.push_back({byte_ids_[byte], i - 1, i + 1 < size ? i + 1 : -1});
  }
  for (int32_t i = 0; i < size; ++i) consider(i, scratch);
  while (!scratch.queue_.empty()) {
    const Scratch::Candidate best = scratch.queue_.top();
    scratch.queue_.pop();
    scratch.apply(best, *this);
  }
}

void BytePairs::append(std::string_view piece, Scratch& scratch, std::vector<int32_t>& ids) const {
  ASC_CHECK(!piece.empty(), "an empty piece");
  const auto it = scratch.seen_.find(piece);
  if (it != scratch.seen_.end()) {
    for (size_t i = 0; i < it->second.count; ++i) ids.push_back(scratch.store_[it->second.begin + i]);
    return;
  }
  merge(piece, scratch);
  const size_t begin = ids.size();
  for (int32_t i = 0; i >= 0; i = scratch.symbols_[static_cast<size_t>(i)].after) {
    ids.push_back(scratch.symbols_[static_cast<size_t>(i)].id);
  }
  if (piece.size() > kMaxKeptBytes) return;
  if (scratch.seen_.size() == kMaxKept) {
    scratch.seen_.clear();
    scratch.store_.clear();
  }
  scratch.seen_.emplace(piece, Scratch::Stored{scratch.store_.size(), ids.size() - begin});
  scratch.store_.insert(scratch.store_.end(), ids.begin() + static_cast<std::ptrdiff_t>(begin), ids.end());
}

}  // namespace ascender
