#include "ascender/record/trace_reader.h"

#include <bit>
#include <fmt/core.h>
#include <map>
#include <nlohmann/json.hpp>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/record/sqlite.h"
#include "ascender/record/trace_schema.h"

namespace ascender {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// One view of all tables while it lives, whatever the writer commits.
class View {
 public:
  explicit View(Database& database) : database_(database) { database_.execute("BEGIN"); }
  ~View() {
    try {
      database_.execute("ROLLBACK");
    } catch (const std::runtime_error&) {  // a failure rolled back already
    }
  }
  View(const View&) = delete;
  View& operator=(const View&) = delete;

 private:
  Database& database_;
};

}  // namespace

struct TraceReader::State {
  explicit State(const std::filesystem::path& path) : database(path, Database::Mode::kRead) {
    const int64_t application = database.integer("PRAGMA application_id");
    const int64_t version = database.integer("PRAGMA user_version");
    if (application == 0 && version == 0 && database.integer("SELECT count(*) FROM sqlite_master") == 0) {
      throw_damaged(database.file(), "it has no tables: the run ended before its trace began");
    }
    if (application != kTraceApplicationId)
      throw InputError("E0912", database.file() + " is not a trace of Ascender");
    if (version > kTraceVersion) {
      throw InputError("E0913", fmt::format("{} has trace format {}; this program knows {}", database.file(),
                                            version, kTraceVersion));
    }
  }

  [[noreturn]] void bad_row(std::string_view table, int64_t step) const {
    throw_damaged(database.file(), fmt::format("a row of {} at step {} fails its checksum", table, step));
  }

  // branch, step, metric, value, bits, wall_us, sum
  double checked_value(const Statement& row) const {
    const auto bits =
        row.is_null(4) ? std::bit_cast<uint64_t>(row.real(3)) : static_cast<uint64_t>(row.integer(4));
    const int64_t sum = scalar_sum(row.integer(0), row.integer(1), row.integer(2), bits, row.integer(5));
    if (sum != row.integer(6)) bad_row("scalars", row.integer(1));
    return std::bit_cast<double>(bits);
  }

  // branch, step, kind, text, wall_us, sum
  TraceEvent checked_event(const Statement& row, std::string_view table) const {
    TraceEvent event{row.integer(0), row.integer(1), row.text(2), row.text(3), row.integer(4)};
    const int64_t sum = event_sum(event.branch, event.step, event.kind, event.text, event.wall_us);
    if (sum != row.integer(5)) bad_row(table, event.step);
    return event;
  }

  std::optional<int64_t> id_of(std::string_view name, std::string_view labels) const {
    Statement row = database.prepare("SELECT id FROM metrics NOT INDEXED WHERE name = ? AND labels = ?");
    row.bind(1, name).bind(2, labels);
    return row.step() ? std::optional(row.integer(0)) : std::nullopt;
  }

  void append_scalars(const std::map<int64_t, std::string>& names, std::string& out) const;

  Database database;
};

// Ids follow the order of first use, names do not: the rows of a step are sorted again.
void TraceReader::State::append_scalars(const std::map<int64_t, std::string>& names, std::string& out) const {
  std::map<std::string, uint64_t> of_step;
  int64_t branch = 0;
  int64_t step = 0;
  const auto put = [&] {
    for (const auto& [name, bits] : of_step)
      out += fmt::format("scalar {} {} {} {:016x}\n", branch, step, name, bits);
    of_step.clear();
  };
  Statement row = database.prepare(
      "SELECT branch, step, metric, value, bits, wall_us, sum FROM scalars ORDER BY branch, step, metric");
  while (row.step()) {
    const auto name = names.find(row.integer(2));
    if (name == names.end()) continue;
    if (row.integer(0) != branch || row.integer(1) != step) put();
    branch = row.integer(0);
    step = row.integer(1);
    of_step[name->second] = std::bit_cast<uint64_t>(checked_value(row));
  }
  put();
}

TraceReader::TraceReader(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path))
    throw EnvironmentError(fmt::format("open {}: no such file", path.native()));
  state_ = std::make_unique<State>(path);
}

TraceReader::~TraceReader() = default;

std::vector<TraceMetric> TraceReader::metrics() const {
  std::vector<TraceMetric> found;
  Statement row = state_->database.prepare(
      "SELECT id, name, labels, volatile, sum FROM metrics NOT INDEXED ORDER BY name, labels");
  while (row.step()) {
    const bool is_volatile = row.integer(3) != 0;
    TraceMetric metric{row.integer(0), row.text(1), row.text(2),
                       is_volatile ? Kind::kVolatile : Kind::kExact};
    if (metric_sum(metric.id, metric.name, metric.labels, is_volatile) != row.integer(4)) {
      throw_damaged(state_->database.file(), fmt::format("metric {} fails its checksum", metric.id));
    }
    found.push_back(std::move(metric));
  }
  return found;
}

std::vector<TracePoint> TraceReader::curve(std::string_view name, std::string_view labels,
                                           int64_t branch) const {
  std::vector<TracePoint> points;
  const std::optional<int64_t> id = state_->id_of(name, labels);
  if (!id) return points;
  Statement row = state_->database.prepare(
      "SELECT branch, step, metric, value, bits, wall_us, sum FROM scalars WHERE branch = ? AND metric = ? "
      "ORDER BY step");
  row.bind(1, branch).bind(2, *id);
  while (row.step()) points.push_back({row.integer(1), state_->checked_value(row), row.integer(5)});
  return points;
}

std::optional<TracePoint> TraceReader::last(std::string_view name, std::string_view labels,
                                            int64_t branch) const {
  const std::optional<int64_t> id = state_->id_of(name, labels);
  if (!id) return std::nullopt;
  Statement row = state_->database.prepare(
      "SELECT branch, step, metric, value, bits, wall_us, sum FROM scalars WHERE branch = ? AND metric = ? "
      "ORDER BY step DESC LIMIT 1");
  row.bind(1, branch).bind(2, *id);
  if (!row.step()) return std::nullopt;
  return TracePoint{row.integer(1), state_->checked_value(row), row.integer(5)};
}

std::optional<int64_t> TraceReader::last_step() const {
  std::optional<int64_t> last;
  Statement row = state_->database.prepare(
      "SELECT (SELECT step FROM scalars WHERE branch = b ORDER BY step DESC LIMIT 1) FROM "
      "(SELECT 0 AS b UNION SELECT id FROM branches)");
  while (row.step()) {
    if (!row.is_null(0)) last = std::max(last.value_or(0), row.integer(0));
  }
  return last;
}

std::vector<TraceEvent> TraceReader::events() const {
  std::vector<TraceEvent> found;
  Statement row = state_->database.prepare(
      "SELECT branch, step, kind, text, wall_us, sum FROM events ORDER BY branch, step, kind, text");
  while (row.step()) found.push_back(state_->checked_event(row, "events"));
  return found;
}

std::vector<TraceEvent> TraceReader::notes() const {
  std::vector<TraceEvent> found;
  Statement row =
      state_->database.prepare("SELECT branch, step, kind, text, wall_us, sum FROM notes ORDER BY id");
  while (row.step()) found.push_back(state_->checked_event(row, "notes"));
  return found;
}

std::string TraceReader::canonical() const {
  const View view(state_->database);
  verify();
  std::string out = "ascender trace 1\n";
  Statement branches = state_->database.prepare("SELECT id, parent, step FROM branches ORDER BY id");
  while (branches.step()) {
    out += fmt::format("branch {} {} {}\n", branches.integer(0), branches.integer(1), branches.integer(2));
  }
  std::map<int64_t, std::string> names;
  for (const TraceMetric& metric : metrics()) {
    if (metric.kind == Kind::kVolatile) continue;
    names[metric.id] = fmt::format("{} {}", metric.name, metric.labels.empty() ? "-" : metric.labels);
  }
  state_->append_scalars(names, out);
  for (const TraceEvent& event : events()) {
    out +=
        fmt::format("event {} {} {} {}\n", event.branch, event.step, quoted(event.kind), quoted(event.text));
  }
  return out;
}

void TraceReader::verify() const {
  Statement check = state_->database.prepare("PRAGMA quick_check(1)");
  const std::string verdict = check.step() ? check.text(0) : "no verdict";
  if (verdict != "ok") throw_damaged(state_->database.file(), verdict);
  Statement branches = state_->database.prepare("SELECT id, parent, step, sum FROM branches");
  while (branches.step()) {
    if (branch_sum(branches.integer(0), branches.integer(1), branches.integer(2)) != branches.integer(3)) {
      state_->bad_row("branches", branches.integer(2));
    }
  }
  std::map<int64_t, bool> known;
  for (const TraceMetric& metric : metrics()) known[metric.id] = true;
  Statement row =
      state_->database.prepare("SELECT branch, step, metric, value, bits, wall_us, sum FROM scalars");
  while (row.step()) {
    state_->checked_value(row);
    if (!known.contains(row.integer(2))) throw_damaged(state_->database.file(), "a metric has lost its name");
  }
  events();
  notes();
}

}  // namespace ascender
