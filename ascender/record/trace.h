// What a run writes while it runs: scalars, events and notes in one SQLite file, trace.db.
//
// log() puts a row into memory; a writer thread commits what is there within 100 ms of the first row, and
// flush() at once. A process killed with -9 keeps every committed row: they are in the kernel's hands. The
// log is synced at each commit (WAL, synchronous = FULL, where NORMAL syncs only now and then), so a machine
// that loses power keeps them too; as a thread of its own pays for the sync, a step does not. Readers in
// other processes never block the writer nor are blocked by it.
//
// Rows are keyed: a scalar by (branch, step, metric), an event by (branch, step, kind, text). Writing a row
// again replaces it, so work that a resumed run repeats leaves no trace of the repetition.
//
// Protocol of a loop: log rows of step s, (flush, save checkpoint s)?, next step. Resume: open,
// delete_after(s). All calls come from one thread. An error of the writer (full disk) is thrown by the next
// call of any kind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "ascender/record/metric.h"

namespace ascender {

using MetricId = int64_t;

class Trace {
 public:
  // Opens or creates the file. InputError when it is damaged, foreign or of a newer version; EnvironmentError
  // when it cannot be made. `branch`: the one to continue.
  explicit Trace(const std::filesystem::path& path, int64_t branch = 0);
  ~Trace();  // close(); a failure that no call has thrown goes to stderr
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // The id of a metric, the same for the same name and labels. Allocates: call it before the loop.
  MetricId metric(std::string_view name, const Labels& labels = {}, Kind kind = Kind::kExact);

  // Allocates nothing. Waits for the writer only when 32768 rows are in memory.
  void log(int64_t step, MetricId metric, double value);

  // What happened, the same in every repetition of the run: decisions, numerical events, samples. UTF-8.
  void event(int64_t step, std::string_view kind, std::string_view text);
  // What happened to this process only: resumed, checkpoint written in 3 ms, signal. Never deleted.
  void note(int64_t step, std::string_view kind, std::string_view text);

  void flush();  // everything logged so far is committed and synced when it returns
  void close();  // flush, and the file is whole by itself; no call after it

  // Deletes what the current branch has past `step`, and later branches.
  void delete_after(int64_t step);

  // Restoring a snapshot of `step`: rows from here on have a new branch id, rows written before stay.
  int64_t start_branch(int64_t step);
  int64_t branch() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ascender
