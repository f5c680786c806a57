// The body of matmul, in the vocabulary of tiles: one block of C. The same source runs on a CPU
// (matmul_cpu-inl.h), counts itself (matmul_count_test.cc) and compiles for a GPU (matmul_cuda.cu); included
// once by each backend.
//
//   a: tiles [m, k] of op(A)   b: tiles [k, n] of op(B)   c: tiles [m, n]   depth: tiles of k
// The accumulator starts from `start` (zeros, or C when adding) and takes the depth in ascending order; the
// map of the epilogue runs where the last product is, before it reaches memory.

namespace ascender::ASC_TILE_NAMESPACE {

template <Schedule kS, class T, class A, class B, class C, class Start, class Epilogue>
ASC_TILE void matmul_block(const A& a, const B& b, const C& c, int64_t i, int64_t j, int64_t depth,
                           const Start& start, const Epilogue& epilogue) {
  Accumulator<T, kS.m, kS.n> acc(start);
  const int64_t last = depth - 1;  // a bound known before the loop: else nothing is pipelined on a GPU
  for (int64_t k = 0; k < last; ++k) acc = mma(a.load_masked(i, k), b.load_masked(k, j), acc);
  c.store_masked(epilogue(mma(a.load_masked(i, last), b.load_masked(last, j), acc), i, j), i, j);
}

// C = silu(A B_gate) * (A B_value): two accumulators, one pass over A. `gate` and `value` map each product
// (bias, what is kept for the backward) before they meet.
template <Schedule kS, class T, class A, class B, class C, class Start, class Gate, class Value, class Meet>
ASC_TILE void swiglu_block(const A& a, const B& b_gate, const B& b_value, const C& c, int64_t i, int64_t j,
                           int64_t depth, const Start& start, const Gate& gate, const Value& value,
                           const Meet& meet) {
  Accumulator<T, kS.m, kS.n> gate_acc(start), value_acc(start);
  const int64_t last = depth - 1;
  for (int64_t k = 0; k < depth; ++k) gate_acc = mma(a.load_masked(i, k), b_gate.load_masked(k, j), gate_acc);
  const Tile<T, kS.m, kS.n> opened = gate(value_of(gate_acc), i, j);
  for (int64_t k = 0; k < last; ++k) {
    value_acc = mma(a.load_masked(i, k), b_value.load_masked(k, j), value_acc);
  }
  c.store_masked(
      meet(opened, value(mma(a.load_masked(i, last), b_value.load_masked(last, j), value_acc), i, j)), i, j);
}

}  // namespace ascender::ASC_TILE_NAMESPACE
