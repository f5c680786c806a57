// A pool of workers. Task i of n belongs to worker i * count / n, and whoever is done early takes the tasks
// that another has not begun. Results must not depend on who runs what, so a task never adds to what another
// task writes. No OpenMP: its runtime is opaque to the thread sanitizer.
#pragma once

#include <cstdint>
#include <memory>

namespace ascender {

class Threads {
 public:
  explicit Threads(int count);  // count >= 1 workers, the caller being the first
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  int count() const { return count_; }
  // Which worker runs this code: 0 outside a task and on the caller. For scratch memory only.
  static int worker();

  // Calls task(i) for every i in [0, num_tasks) and returns when all are done. A call from inside a task runs
  // inline. The first exception of a task is rethrown here. Allocates nothing.
  template <class Task>
  void parallel(int64_t num_tasks, const Task& task) {
    if (count_ == 1 || num_tasks <= 1) {
      for (int64_t i = 0; i < num_tasks; ++i) task(i);
      return;
    }
    run(num_tasks, &task, [](const void* body, int64_t i) { (*static_cast<const Task*>(body))(i); });
  }

 private:
  using Call = void (*)(const void*, int64_t);
  void run(int64_t num_tasks, const void* body, Call call);

  struct State;
  int count_;
  std::unique_ptr<State> state_;
};

}  // namespace ascender
