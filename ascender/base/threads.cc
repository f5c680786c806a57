#include "ascender/base/threads.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "ascender/base/check.h"

namespace ascender {
namespace {

thread_local bool inside_task = false;
thread_local int this_worker = 0;

void pause_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Spins for some microseconds, since kernels follow one another closely, then sleeps.
template <class Done>
void wait_until(const std::atomic<uint64_t>& value, const Done& done) {
  for (int spin = 0; spin < 4000; ++spin) {
    if (done(value.load(std::memory_order_acquire))) return;
    pause_cpu();
  }
  for (;;) {
    const uint64_t seen = value.load(std::memory_order_acquire);
    if (done(seen)) return;
    value.wait(seen, std::memory_order_acquire);
  }
}

}  // namespace

// A worker's share of a region: how many of its tasks nobody has claimed, under the region's number. A worker
// that overslept a region finds none left of it, whatever it reads of the next. Whoever has finished its own
// share takes from the others': on a busy machine a worker may not run for milliseconds, and nobody waits for
// tasks that it has not begun.
struct Share {
  alignas(64) std::atomic<uint64_t> left{0};
};

struct Threads::State {
  std::atomic<int64_t> num_tasks{0};
  std::atomic<const void*> body{nullptr};
  std::atomic<Call> call{nullptr};
  std::atomic<bool> stopping{false};
  alignas(64) std::atomic<uint64_t> generation{0};
  alignas(64) std::atomic<uint64_t> unfinished{0};  // tasks
  std::vector<Share> shares;
  std::mutex failure_mutex;
  std::exception_ptr failure;
  std::vector<std::jthread> workers;

  explicit State(int count) : shares(static_cast<size_t>(count)) {}

  static uint64_t tagged(uint64_t region, int64_t left) { return region << 32 | static_cast<uint64_t>(left); }
  int64_t first_of(int64_t tasks, size_t share) const {
    return tasks * static_cast<int64_t>(share) / static_cast<int64_t>(shares.size());
  }

  void attempt(Call f, const void* arguments, int64_t task) {
    try {
      f(arguments, task);
    } catch (...) {  // carried to the caller of parallel()
      const std::scoped_lock lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  }

  // Claims and runs tasks of one share until none is left; returns how many.
  uint64_t drain(uint64_t region, size_t share) {
    const uint64_t none = tagged(region, 0);
    uint64_t done = 0;
    uint64_t left = shares[share].left.load(std::memory_order_acquire);
    while (left >> 32 == none >> 32 && left != none) {
      const Call f = call.load(std::memory_order_relaxed);
      const void* arguments = body.load(std::memory_order_relaxed);
      const int64_t end = first_of(num_tasks.load(std::memory_order_relaxed), share + 1);
      if (!shares[share].left.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel)) continue;
      attempt(f, arguments, end - static_cast<int64_t>(left & 0xffffffff));
      ++done;
      left = shares[share].left.load(std::memory_order_acquire);
    }
    return done;
  }

  void work(uint64_t region, size_t worker) {
    inside_task = true;
    uint64_t done = 0;
    for (size_t i = 0; i < shares.size(); ++i) done += drain(region, (worker + i) % shares.size());
    inside_task = false;
    if (done > 0 && unfinished.fetch_sub(done, std::memory_order_acq_rel) == done) unfinished.notify_one();
  }

  void serve(size_t worker) {
    this_worker = static_cast<int>(worker);
    for (uint64_t seen = 0; !stopping.load(std::memory_order_acquire);) {
      wait_until(generation, [&](uint64_t now) { return now != seen; });
      seen = generation.load(std::memory_order_acquire);
      work(seen, worker);
    }
  }

  void open_region(int64_t tasks, const void* arguments, Call f) {
    const uint64_t region = generation.load(std::memory_order_relaxed) + 1;
    num_tasks.store(tasks, std::memory_order_relaxed);
    body.store(arguments, std::memory_order_relaxed);
    call.store(f, std::memory_order_relaxed);
    unfinished.store(static_cast<uint64_t>(tasks), std::memory_order_relaxed);
    for (size_t i = 0; i < shares.size(); ++i) {
      shares[i].left.store(tagged(region, first_of(tasks, i + 1) - first_of(tasks, i)),
                           std::memory_order_release);
    }
    generation.store(region, std::memory_order_release);
    generation.notify_all();
  }
};

Threads::Threads(int count) : count_(count), state_(std::make_unique<State>(count)) {
  ASC_CHECK(count >= 1, "Threads({})", count);
  for (int worker = 1; worker < count; ++worker) {
    state_->workers.emplace_back(
        [state = state_.get(), worker] { state->serve(static_cast<size_t>(worker)); });
  }
}

Threads::~Threads() {
  state_->stopping.store(true, std::memory_order_release);
  state_->open_region(0, nullptr, nullptr);
}

int Threads::worker() { return this_worker; }

void Threads::run(int64_t num_tasks, const void* body, Call call) {
  if (inside_task) {
    for (int64_t i = 0; i < num_tasks; ++i) call(body, i);
    return;
  }
  ASC_CHECK(num_tasks < int64_t{1} << 32, "{} tasks", num_tasks);
  state_->open_region(num_tasks, body, call);
  state_->work(state_->generation.load(std::memory_order_relaxed), 0);
  wait_until(state_->unfinished, [](uint64_t left) { return left == 0; });
  if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, nullptr));
}

}  // namespace ascender
