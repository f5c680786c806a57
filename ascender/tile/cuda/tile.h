// The tile vocabulary on NVIDIA GPUs: a thin dress over cuda::tiles (CUDA Tile C++, toolkit 13.3 or newer),
// so that a body written for ascender/tile/cpu/tile-inl.h compiles unchanged. What each name means on either
// machine stands in docs/tiles.md. Extents are powers of two; a block is one program of the grid; nothing
// here says where a tile lives: the compiler places and pipelines.
#pragma once

#include <cstdint>
#include <cuda_bf16.h>
#include <cuda_tile.h>

#include "ascender/tile/schedule.h"

#define ASC_TILE_NAMESPACE N_CUDA
#define ASC_TILE __tile__ inline

namespace ascender::N_CUDA {

namespace ct = cuda::tiles;
using ct::exp;
using ct::exp2;
using ct::fma;
using ct::log;
using ct::max;
using ct::min;
using ct::mma;
using ct::select;
using ct::sqrt;
using ct::tanh;
using ct::transpose;

template <class T, int kM, int kN>
using Tile = ct::tile<T, ct::shape<kM, kN>>;
// Tiles are values: the running sum of a product is one.
template <class T, int kM, int kN>
using Accumulator = Tile<T, kM, kN>;

template <class T, int kM, int kN>
__tile__ inline auto zeros() {
  return ct::zeros<Tile<T, kM, kN>>();
}
template <class T, int kM, int kN>
__tile__ inline auto full(T value) {
  return ct::full<Tile<T, kM, kN>>(value);
}
template <class V, class T>
__tile__ inline V like(const V&, T value) {
  return ct::full<V>(value);
}
template <class V>
__tile__ inline V sigmoid(const V& x) {
  return 1.0f / (1.0f + ct::exp(-x));
}
template <class X>
__tile__ inline const X& value_of(const X& x) {
  return x;
}
template <class F, class... X>
__tile__ inline auto map(const X&... x) {
  return F::of(x...);
}
template <int kAxis, class X>
__tile__ inline auto sum(const X& x) {
  return ct::sum(x, ct::integral_constant<kAxis>{});
}
template <int kAxis, class X>
__tile__ inline auto reduce_max(const X& x) {
  return ct::reduce_max(x, ct::integral_constant<kAxis>{});
}

enum class Order : uint8_t { kRows, kColumns };

// A matrix in global memory: rows of `columns`, 16-byte aligned, contiguous and a multiple of 8 elements,
// which is what bulk copies (TMA) ask.
template <class E, Order kOrder = Order::kRows>
struct View {
  E* data;
  int64_t rows;
  int64_t columns;
};

template <int kM, int kN, class E>
__tile__ inline auto partition(const View<E, Order::kRows>& view) {
  using namespace ct::literals;
  const auto data = ct::assume_aligned(view.data, 16_ic);
  const ct::extents extents{uint32_t(view.rows), ct::assume_divisible(uint32_t(view.columns), 8_ic)};
  return ct::partition_view(ct::tensor_span(data, extents), ct::shape<kM, kN>{});
}

// Tiles of the transpose of a matrix: loaded as they lie and turned on the way to the tensor cores.
template <class V>
struct TurnedTiles {
  V view;
  __tile__ auto load_masked(int64_t i, int64_t j) const {
    return ct::transpose(view.load_masked(uint32_t(j), uint32_t(i)));
  }
};
template <int kM, int kN, class E>
__tile__ inline auto partition(const View<E, Order::kColumns>& view) {
  const auto as_it_lies = partition<kN, kM>(View<E, Order::kRows>{view.data, view.columns, view.rows});
  return TurnedTiles<decltype(as_it_lies)>{as_it_lies};
}

}  // namespace ascender::N_CUDA
