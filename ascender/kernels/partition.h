// Work cut into blocks whose size depends on the shape alone: the same sums, and so the same bits, for any
// number of workers. Only Order::kFree cuts sums by workers.
#pragma once

#include <algorithm>

#include "ascender/kernels/context.h"

namespace ascender {

// Below this many elements the caller works alone: waking a worker costs more than it saves.
inline constexpr int64_t kSerialElements = 16384;

struct Partition {
  int64_t count = 0;  // of what is divided: rows, columns or elements
  int64_t block = 1;  // how many of them a task takes
  int64_t blocks() const { return (count + block - 1) / block; }  // NOLINT: block > 0
};

// task(index, begin, end) for each block; `elements`: how much work there is in all.
template <class Task>
void for_blocks(Context& context, const Partition& partition, int64_t elements, const Task& task) {
  const auto one = [&](int64_t i) {
    task(i, i * partition.block, std::min(partition.count, (i + 1) * partition.block));
  };
  if (elements < kSerialElements) {
    for (int64_t i = 0; i < partition.blocks(); ++i) one(i);
  } else {
    context.threads.parallel(partition.blocks(), one);
  }
}

// Rows that do not depend on each other: about 8192 elements a task, one task when there is little to do.
inline Partition divide_rows(int64_t rows, int64_t columns) {
  if (rows * columns < kSerialElements) return {rows, std::max<int64_t>(rows, 1)};
  return {rows, std::max<int64_t>(1, 8192 / std::max<int64_t>(columns, 1))};
}

// One part a worker.
inline Partition divide_by_workers(const Context& context, int64_t count) {
  const int64_t workers = context.threads.count();
  return {count, std::max<int64_t>(1, (count + workers - 1) / workers)};
}

// Rows that are summed over: at most 64 blocks of at least 32 rows, each with a partial sum of its own.
inline Partition divide_sum(const Context& context, int64_t rows) {
  if (context.order == Order::kFree) return divide_by_workers(context, rows);
  return {rows, std::max<int64_t>(32, (rows + 63) / 64)};
}

// Elements of flat storage.
inline Partition divide_flat(int64_t count) { return {count, 32768}; }
inline Partition divide_flat_sum(const Context& context, int64_t count) {
  return context.order == Order::kFree ? divide_by_workers(context, count) : divide_flat(count);
}

}  // namespace ascender
