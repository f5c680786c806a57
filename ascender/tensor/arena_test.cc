#include "ascender/tensor/arena.h"

#include <gtest/gtest.h>
#include <map>
#include <rapidcheck.h>

namespace ascender {
namespace {

TEST(Arena, AlignsEveryBlockAndKeepsThemApart) {
  Arena arena(1 << 20);
  std::byte* last = nullptr;
  for (size_t bytes : {1, 64, 65, 0, 1000}) {
    auto* block = static_cast<std::byte*>(arena.allocate(bytes));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0u);
    EXPECT_GE(block, last);
    last = block + bytes;
  }
}

TEST(Arena, ReleasedMemoryIsGivenOutAgainAndThePeakStays) {
  Arena arena(1 << 20);
  arena.allocate(100);
  const size_t mark = arena.mark();
  void* first = arena.allocate(1000);
  arena.release(mark);
  EXPECT_EQ(arena.allocate(10), first);
  EXPECT_EQ(arena.peak_bytes(), 128u + 1024u);
  arena.reset_peak();
  EXPECT_EQ(arena.peak_bytes(), 128u + 64u);
}

TEST(Arena, TensorsAreZeroAtFirstTouchAndShaped) {
  Arena arena(1 << 20);
  const Tensor x = arena.tensor(DType::kF64, {3, 5});
  EXPECT_EQ(x.shape(), (Shape{3, 5}));
  EXPECT_EQ(x.as<double>()[14], 0.0);
}

TEST(Arena, AskingForMoreThanIsReservedIsABug) {
  Arena arena(4096);
  arena.allocate(4000);
  EXPECT_THROW(arena.allocate(4000), BugError);
  EXPECT_THROW(arena.allocate(SIZE_MAX - 10), BugError);
  EXPECT_THROW(arena.release(1 << 20), BugError);
}

TEST(BlockPool, ReusesTheFirstHoleThatFits) {
  BlockPool pool(1 << 20);
  void* a = pool.allocate(128);
  void* b = pool.allocate(64);
  void* c = pool.allocate(64);
  pool.free(a);
  EXPECT_EQ(pool.allocate(64), a);
  EXPECT_NE(pool.allocate(128), b);
  pool.free(c);
  EXPECT_THROW(pool.free(c), BugError);
  pool.clear();
  EXPECT_EQ(pool.allocate(1), a);
}

TEST(BlockPool, NeighbouringHolesJoin) {
  BlockPool pool(4 * 64);
  void* blocks[4];
  for (void*& block : blocks) block = pool.allocate(64);
  EXPECT_THROW(pool.allocate(1), BugError);
  for (int i : {1, 3, 2, 0}) pool.free(blocks[i]);
  EXPECT_EQ(pool.allocate(4 * 64), blocks[0]);
}

TEST(BlockPool, TooManyBlocksIsABugAndNotAnAllocation) {
  BlockPool pool(1 << 20, 4);
  for (int i = 0; i < 3; ++i) pool.allocate(64);
  EXPECT_THROW(pool.allocate(64), BugError);
  EXPECT_THROW(pool.allocate(SIZE_MAX - 10), BugError);
}

// First fit over a line of 64-byte cells.
struct Model {
  static constexpr size_t kCells = 64;
  std::array<bool, kCells> used{};

  size_t allocate(size_t cells) {  // kCells: no room
    for (size_t begin = 0; begin + cells <= kCells; ++begin) {
      if (std::none_of(used.begin() + begin, used.begin() + begin + cells, [](bool u) { return u; })) {
        std::fill_n(used.begin() + begin, cells, true);
        return begin;
      }
    }
    return kCells;
  }
  void free(size_t begin, size_t cells) { std::fill_n(used.begin() + begin, cells, false); }
};

TEST(BlockPool, BehavesAsFirstFitOverCells) {
  const bool held = rc::check("BlockPool equals the model", [] {
    BlockPool pool(Model::kCells * 64);
    auto* base = static_cast<std::byte*>(pool.allocate(1));
    pool.clear();
    Model model;
    std::vector<std::pair<size_t, size_t>> live;  // begin, cells
    size_t peak = 1;
    const int steps = *rc::gen::inRange(1, 200);
    for (int step = 0; step < steps; ++step) {
      if (live.empty() || *rc::gen::inRange(0, 2) == 0) {
        const size_t bytes = *rc::gen::inRange<size_t>(0, 700);
        const size_t cells = std::max<size_t>(1, (bytes + 63) / 64);
        const size_t begin = model.allocate(cells);
        if (begin == Model::kCells) {
          RC_ASSERT_THROWS_AS(pool.allocate(bytes), BugError);
          continue;
        }
        auto* block = static_cast<std::byte*>(pool.allocate(bytes));
        RC_ASSERT(block - base == static_cast<std::ptrdiff_t>(begin * 64));
        live.emplace_back(begin, cells);
        peak = std::max(peak, begin + cells);
      } else {
        const size_t which = *rc::gen::inRange<size_t>(0, live.size());
        const auto [begin, cells] = live[which];
        pool.free(base + begin * 64);
        model.free(begin, cells);
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(which));
      }
      RC_ASSERT(pool.peak_bytes() == peak * 64);
    }
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace ascender
