#include "ascender/record/trace.h"

#include <bit>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <fmt/core.h>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/record/sqlite.h"
#include "ascender/record/trace_schema.h"

namespace ascender {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kCommitAfter{100};
constexpr size_t kRows = 32768;

struct ScalarRow {
  int64_t branch, step, metric;
  double value;
  int64_t wall_us;
};

struct TextRow {
  bool is_note;
  int64_t branch, step;
  std::string kind, text;
  int64_t wall_us;
};

struct MetricRow {
  int64_t id;
  std::string name, labels;
  Kind kind;
};

struct Rows {
  std::vector<ScalarRow> scalars;
  std::vector<TextRow> texts;

  bool empty() const { return scalars.empty() && texts.empty(); }
  bool full() const { return scalars.size() >= kRows; }
  void clear() {
    scalars.clear();
    texts.clear();
  }
};

int64_t wall_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// REAL holds every double but two kinds: NaN becomes NULL and -0.0 becomes 0; their bits are stored beside.
bool needs_bits(double value) { return std::isnan(value) || (value == 0 && std::signbit(value)); }

void create_or_check(Database& database) {
  const int64_t version = database.integer("PRAGMA user_version");
  const int64_t application = database.integer("PRAGMA application_id");
  const int64_t tables = database.integer("SELECT count(*) FROM sqlite_master");
  // A new file waits for no disk here: the writer syncs it before the first rows.
  database.execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL");
  if (version == 0 && application == 0 && tables == 0) {
    database.execute(kTraceSchema);
    return;
  }
  if (application != kTraceApplicationId)
    throw InputError("E0912", database.file() + " is not a trace of Ascender");
  if (version > kTraceVersion) {
    throw InputError("E0913", fmt::format("{} has trace format {}; this program knows {}", database.file(),
                                          version, kTraceVersion));
  }
  Statement check = database.prepare("PRAGMA quick_check(1)");
  if (!check.step() || check.text(0) != "ok") throw_damaged(database.file(), check.text(0));
}

}  // namespace

struct Trace::State {
  State(const std::filesystem::path& path, int64_t first_branch) : database(path, Database::Mode::kWrite) {
    branch = first_branch;
    create_or_check(database);
    prepare();
    load_metrics();
    start_session();
    for (Rows* rows : {&filling, &writing}) rows->scalars.reserve(kRows);
    writer = std::jthread([this] { write_until_stopped(); });
  }

  void prepare();
  void load_metrics();
  void start_session();
  void write_until_stopped();
  void commit(const Rows& rows, const std::vector<MetricRow>& metrics);
  void write(const ScalarRow& row);
  void write(const TextRow& row);
  void write(const MetricRow& row);
  void push(const ScalarRow& row);
  void push(TextRow row);
  bool announce();  // before a row goes into `filling`, mutex held; true when the writer is to be woken
  void rethrow() {
    if (!error) return;
    reported = true;
    std::rethrow_exception(error);
  }
  void flush();
  void stop();
  void delete_after(int64_t step);
  int64_t start_branch(int64_t step);
  void sync_from_now_on();

  Database database;  // of the writer thread; of the caller when everything is flushed
  std::optional<Statement> insert_scalar, insert_event, insert_note, insert_metric;
  std::unordered_map<std::string, int64_t> ids;  // "name\nlabels"
  std::unordered_map<int64_t, Kind> kinds;
  int64_t branch = 0;
  bool is_synced = false;

  std::mutex mutex;
  std::condition_variable work;  // rows or a wish for the writer
  std::condition_variable done;  // a commit or an error for the caller
  Rows filling, writing;
  std::vector<MetricRow> unwritten;  // new metrics, written before the first commit that may use them
  Clock::time_point first_row;
  uint64_t logged = 0, committed = 0, wanted = 0;
  bool stopping = false;
  std::exception_ptr error;
  bool reported = false;
  std::jthread writer;
};

void Trace::State::prepare() {
  insert_scalar = database.prepare("INSERT OR REPLACE INTO scalars VALUES (?, ?, ?, ?, ?, ?, ?)");
  insert_event = database.prepare("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?)");
  insert_note = database.prepare("INSERT INTO notes VALUES (NULL, ?, ?, ?, ?, ?, ?)");
  insert_metric = database.prepare("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)");
}

void Trace::State::load_metrics() {
  Statement rows = database.prepare("SELECT id, name, labels, volatile, sum FROM metrics");
  while (rows.step()) {
    const int64_t id = rows.integer(0);
    const bool is_volatile = rows.integer(3) != 0;
    if (metric_sum(id, rows.text(1), rows.text(2), is_volatile) != rows.integer(4)) {
      throw_damaged(database.file(), fmt::format("metric {} fails its checksum", id));
    }
    ids[rows.text(1) + "\n" + rows.text(2)] = id;
    kinds[id] = is_volatile ? Kind::kVolatile : Kind::kExact;
  }
}

void Trace::State::start_session() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  Statement insert = database.prepare("INSERT INTO sessions VALUES (NULL, ?, ?, ?)");
  insert.bind(1, std::string_view(host)).bind(2, static_cast<int64_t>(::getpid())).bind(3, wall_us()).run();
}

void Trace::State::write(const ScalarRow& row) {
  const auto bits = std::bit_cast<uint64_t>(row.value);
  insert_scalar->bind(1, row.branch).bind(2, row.step).bind(3, row.metric);
  if (needs_bits(row.value)) {
    insert_scalar->bind_null(4).bind(5, static_cast<int64_t>(bits));
  } else {
    insert_scalar->bind(4, row.value).bind_null(5);
  }
  insert_scalar->bind(6, row.wall_us)
      .bind(7, scalar_sum(row.branch, row.step, row.metric, bits, row.wall_us))
      .run();
}

void Trace::State::write(const TextRow& row) {
  Statement& insert = row.is_note ? *insert_note : *insert_event;
  insert.bind(1, row.branch).bind(2, row.step).bind(3, row.kind).bind(4, row.text).bind(5, row.wall_us);
  insert.bind(6, event_sum(row.branch, row.step, row.kind, row.text, row.wall_us)).run();
}

void Trace::State::write(const MetricRow& row) {
  const bool is_volatile = row.kind == Kind::kVolatile;
  insert_metric->bind(1, row.id).bind(2, row.name).bind(3, row.labels).bind(4, int64_t{is_volatile});
  insert_metric->bind(5, metric_sum(row.id, row.name, row.labels, is_volatile)).run();
}

void Trace::State::commit(const Rows& rows, const std::vector<MetricRow>& metrics) {
  database.execute("BEGIN IMMEDIATE");
  for (const MetricRow& row : metrics) write(row);
  for (const ScalarRow& row : rows.scalars) write(row);
  for (const TextRow& row : rows.texts) write(row);
  database.execute("COMMIT");
}

// The file with its tables, and from here on every commit.
void Trace::State::sync_from_now_on() {
  if (is_synced) return;
  database.sync();
  database.execute("PRAGMA synchronous = FULL");
  is_synced = true;
}

void Trace::State::write_until_stopped() {
  std::unique_lock lock(mutex);
  for (;;) {
    work.wait(lock, [&] { return stopping || !filling.empty(); });
    if (filling.empty()) return;
    work.wait_until(lock, first_row + kCommitAfter,
                    [&] { return stopping || wanted > committed || filling.full(); });
    std::swap(filling, writing);
    const std::vector<MetricRow> metrics = std::exchange(unwritten, {});
    const uint64_t upto = logged;
    lock.unlock();
    done.notify_all();  // there is room
    std::exception_ptr failure;
    try {
      sync_from_now_on();
      commit(writing, metrics);
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
    writing.clear();
    lock.lock();
    if (!failure) committed = upto;
    error = failure;
    done.notify_all();
    if (failure) return;
  }
}

void Trace::State::push(const ScalarRow& row) {
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return !filling.full() || error; });
  rethrow();
  const bool first = announce();
  filling.scalars.push_back(row);
  const bool full = filling.full();
  lock.unlock();
  if (first || full) work.notify_one();
}

void Trace::State::push(TextRow row) {
  std::unique_lock lock(mutex);
  rethrow();
  const bool first = announce();
  filling.texts.push_back(std::move(row));
  lock.unlock();
  if (first) work.notify_one();
}

bool Trace::State::announce() {
  ++logged;
  if (!filling.empty()) return false;
  first_row = Clock::now();
  return true;
}

void Trace::State::flush() {
  std::unique_lock lock(mutex);
  rethrow();
  wanted = logged;
  work.notify_one();
  done.wait(lock, [&] { return committed >= wanted || error; });
  rethrow();
}

void Trace::State::delete_after(int64_t step) {
  sync_from_now_on();
  database.execute("BEGIN IMMEDIATE");
  for (const char* table : {"scalars", "events"}) {
    Statement rows = database.prepare(
        fmt::format("DELETE FROM {} WHERE (branch = ?1 AND step > ?2) OR branch > ?1", table));
    rows.bind(1, branch).bind(2, step).run();
  }
  database.prepare("DELETE FROM branches WHERE id > ?").bind(1, branch).run();
  database.execute("COMMIT");
}

int64_t Trace::State::start_branch(int64_t step) {
  sync_from_now_on();
  const int64_t id = database.integer("SELECT max(id) FROM branches") + 1;
  Statement insert = database.prepare("INSERT INTO branches VALUES (?, ?, ?, ?, ?)");
  insert.bind(1, id)
      .bind(2, branch)
      .bind(3, step)
      .bind(4, wall_us())
      .bind(5, branch_sum(id, branch, step))
      .run();
  branch = id;
  return id;
}

void Trace::State::stop() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  work.notify_one();
  writer.join();
  rethrow();
}

Trace::Trace(const std::filesystem::path& path, int64_t branch)
    : state_(std::make_unique<State>(path, branch)) {}

Trace::~Trace() {
  const bool reported = state_ && state_->reported;
  try {
    close();
  } catch (const std::exception& failure) {
    if (!reported) fmt::print(stderr, "{}\n", failure.what());
  }
}

MetricId Trace::metric(std::string_view name, const Labels& labels, Kind kind) {
  check_metric_name(name);
  const std::string flat = flatten(labels);
  const auto id = static_cast<MetricId>(state_->ids.size()) + 1;
  const auto [at, is_new] = state_->ids.try_emplace(fmt::format("{}\n{}", name, flat), id);
  if (!is_new) {
    ASC_CHECK(state_->kinds.at(at->second) == kind, "metric {} {} is exact here and volatile there", name,
              flat);
    return at->second;
  }
  state_->kinds[id] = kind;
  const std::lock_guard lock(state_->mutex);
  state_->rethrow();
  state_->unwritten.push_back({id, std::string(name), flat, kind});
  return id;
}

void Trace::log(int64_t step, MetricId metric, double value) {
  ASC_DCHECK(state_->kinds.contains(metric), "metric {} is not of this trace", metric);
  state_->push(ScalarRow{state_->branch, step, metric, value, wall_us()});
}

void Trace::event(int64_t step, std::string_view kind, std::string_view text) {
  state_->push(TextRow{false, state_->branch, step, std::string(kind), std::string(text), wall_us()});
}

void Trace::note(int64_t step, std::string_view kind, std::string_view text) {
  state_->push(TextRow{true, state_->branch, step, std::string(kind), std::string(text), wall_us()});
}

void Trace::flush() { state_->flush(); }

void Trace::close() {
  if (!state_) return;
  const std::unique_ptr<State> state = std::move(state_);
  state->stop();
}

void Trace::delete_after(int64_t step) {
  state_->flush();
  state_->delete_after(step);
}

int64_t Trace::start_branch(int64_t step) {
  state_->flush();
  return state_->start_branch(step);
}

int64_t Trace::branch() const { return state_->branch; }

}  // namespace ascender
