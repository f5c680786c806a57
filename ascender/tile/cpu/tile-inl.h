// The tile vocabulary on a CPU. The same names on a GPU: ascender/tile/cuda/tile.h; the same body counted
// instead of run: ascender/tile/count/tile.h; operation by operation: docs/tiles.md. Included once per
// target; a kernel's body lives in namespace ascender::ASC_TILE_NAMESPACE.
//
// Values (value-inl.h)
//   Tile<T, M, N>             numbers of compile-time shape, rows padded to 64 bytes; lives where it is
//   declared
//                             (the stack: L1). T is float or double. Tile<T, M, 1> is a column, Tile<T, 1, N>
//                             a row.
//   zeros<T, M, N>()  full<T, M, N>(x)  row_index<T, M>(first)  column_index<T, N>(first)
// Memory (memory-inl.h)
//   View<E, Order>{data, rows, columns, stride}: E float, double or Bf16; Order::kRows (columns contiguous)
//   or
//                             Order::kColumns (rows contiguous: the transpose of a matrix, in place)
//   partition<M, N>(view)     cuts it into a grid of tiles: .load(i, j), .load_masked(i, j), .store(x, i, j),
//                             .store_masked(x, i, j). Masked: what lies outside is 0, and is not written.
// Maps (map-inl.h; lazy: nothing is computed before a tile is assigned, reduced or stored; shapes broadcast
// as in NumPy; an expression refers to its tiles, so finish it in the statement that builds it, or keep() it)
//   map<F>(x...): F::of on the numbers of each place, for chains that use a value twice
//   + - * /  min max  fma(a, b, c)  exp2 exp log tanh sigmoid sqrt abs  < <= > >= ==  & |  select(mask, a, b)
//   assign(tile, x) or Tile t = x; keep(x): the value of x as a Tile (assign-inl.h).
// Reductions (reduce-inl.h; at once, in a fixed order)
//   sum<1>(x), reduce_max<1>(x): over columns, a column; sum<0>(x), reduce_max<0>(x): over rows, a row.
//   assign_sum<1>(tile, x), assign_max<1>(tile, x): assign and reduce what was assigned in one pass.
// Products (product-inl.h)
//   mma(a, b, acc)            acc + a b; a: a tile, transpose(tile) or a load; b: a tile or a load of
//                             Order::kRows. Lazy too: assign it (to acc itself or another tile), or store a
//                             map of it, which runs on each register block while it is hot. Rows and columns
//                             outside a masked load are skipped; their elements of the result are those of
//                             acc.
//   Accumulator<T, M, N> acc(start)   start: zeros or a load; acc = mma(a, b, acc) again and again, then
//   store
//                             a map of the last mma: nothing is written for zeros, and a single mma stays in
//                             registers.
//   transpose(tile)           as `a` of mma: free. As a value: keep(transpose(tile)).
#if defined(ASCENDER_TILE_CPU_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ASCENDER_TILE_CPU_TILE_INL_H_
#undef ASCENDER_TILE_CPU_TILE_INL_H_
#else
#define ASCENDER_TILE_CPU_TILE_INL_H_
#endif

#include "ascender/tile/cpu/assign-inl.h"
#include "ascender/tile/cpu/map-inl.h"
#include "ascender/tile/cpu/memory-inl.h"
#include "ascender/tile/cpu/product-inl.h"
#include "ascender/tile/cpu/reduce-inl.h"
#include "ascender/tile/cpu/value-inl.h"

// A body's namespace and what stands before its functions; each backend defines its own.
#undef ASC_TILE_NAMESPACE
#define ASC_TILE_NAMESPACE HWY_NAMESPACE
#undef ASC_TILE
#define ASC_TILE inline

#endif
