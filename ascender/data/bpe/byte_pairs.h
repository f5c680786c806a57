// Byte-pair merging of one piece of text: as long as two neighbours have a merge, the earliest merge in the
// list is applied, leftmost first (Sennrich et al. 2016). O(n log n) in the length of a piece.
#pragma once

#include <array>
#include <cstdint>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ascender {

class BytePairs {
 public:
  // byte_ids: the token of each byte. merges: in order; {left, right, merged}.
  BytePairs(const std::array<int32_t, 256>& byte_ids, const std::vector<std::array<int32_t, 3>>& merges);

  // What one thread needs while it merges, and the pieces it has seen.
  class Scratch;

  // Appends the tokens of `piece`. REQUIRES: not empty.
  void append(std::string_view piece, Scratch& scratch, std::vector<int32_t>& ids) const;

 private:
  struct Merge {
    uint64_t pair = kNoPair;  // left << 32 | right
    int32_t rank = 0;
    int32_t id = 0;
  };
  static constexpr uint64_t kNoPair = ~uint64_t{0};
  static uint64_t pair_of(int32_t left, int32_t right);
  size_t slot_of(uint64_t pair) const;
  const Merge* find(int32_t left, int32_t right) const;
  void consider(int32_t at, Scratch& scratch) const;
  void merge(std::string_view piece, Scratch& scratch) const;

  std::array<int32_t, 256> byte_ids_;
  std::vector<Merge> table_;  // open addressing; a power of two, at most half full
  int shift_ = 0;
};

class BytePairs::Scratch {
 private:
  friend class BytePairs;
  struct Symbol {
    int32_t id;
    int32_t before, after;  // neighbours, -1 at the ends
  };
  struct Candidate {
    int32_t rank;
    int32_t at;           // the left symbol
    int32_t left, right;  // what they were when this was found
    int32_t id;           // what they become
    bool operator>(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : at > other.at;
    }
  };
  struct Stored {
    size_t begin = 0;
    size_t count = 0;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  void apply(const Candidate& found, const BytePairs& pairs);

  std::vector<Symbol> symbols_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue_;
  std::unordered_map<std::string, Stored, Hash, std::equal_to<>> seen_;
  std::vector<int32_t> store_;
};

}  // namespace ascender
