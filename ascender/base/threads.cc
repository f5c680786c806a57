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

struct Threads::State {
  int64_t num_tasks = 0;
  const void* body = nullptr;
  Call call = nullptr;
  bool stopping = false;
  alignas(64) std::atomic<uint64_t> generation{0};
  alignas(64) std::atomic<uint64_t> unfinished{0};
  std::mutex failure_mutex;
  std::exception_ptr failure;
  std::vector<std::jthread> workers;

  void work(int worker, int count) {
    inside_task = true;
    const int64_t begin = num_tasks * worker / count;
    const int64_t end = num_tasks * (worker + 1) / count;
    try {
      for (int64_t i = begin; i < end; ++i) call(body, i);
    } catch (...) {  // carried to the caller of parallel()
      const std::scoped_lock lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
    inside_task = false;
  }

  void serve(int worker, int count) {
    this_worker = worker;
    for (uint64_t seen = 0;; ++seen) {
      wait_until(generation, [&](uint64_t now) { return now > seen; });
      if (stopping) return;
      work(worker, count);
      if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished.notify_one();
    }
  }

  void start() {
    generation.fetch_add(1, std::memory_order_release);
    generation.notify_all();
  }
};

Threads::Threads(int count) : count_(count), state_(std::make_unique<State>()) {
  ASC_CHECK(count >= 1, "Threads({})", count);
  for (int worker = 1; worker < count; ++worker) {
    state_->workers.emplace_back([state = state_.get(), worker, count] { state->serve(worker, count); });
  }
}

Threads::~Threads() {
  state_->stopping = true;
  state_->start();
}

int Threads::worker() { return this_worker; }

void Threads::run(int64_t num_tasks, const void* body, Call call) {
  if (inside_task) {
    for (int64_t i = 0; i < num_tasks; ++i) call(body, i);
    return;
  }
  state_->num_tasks = num_tasks;
  state_->body = body;
  state_->call = call;
  state_->unfinished.store(static_cast<uint64_t>(count_ - 1), std::memory_order_relaxed);
  state_->start();
  state_->work(0, count_);
  wait_until(state_->unfinished, [](uint64_t left) { return left == 0; });
  if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, nullptr));
}

}  // namespace ascender
