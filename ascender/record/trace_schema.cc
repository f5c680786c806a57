#include "ascender/record/trace_schema.h"

#include <array>
#include <span>

#include "ascender/base/hash.h"

namespace ascender {
namespace {

constexpr uint64_t kSumBits = 0xffffffff;

uint64_t hash(std::span<const int64_t> words, uint64_t seed = 0) { return xxh64(std::as_bytes(words), seed); }
uint64_t hash(std::string_view text, uint64_t seed) {
  return xxh64(std::as_bytes(std::span(text.data(), text.size())), seed);
}

}  // namespace

const char* const kTraceSchema = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE columns(
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('exact', 'volatile')),
  PRIMARY KEY (table_name, column_name)) WITHOUT ROWID;
CREATE TABLE branches(
  id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, step INTEGER NOT NULL, wall_us INTEGER NOT NULL,
  sum INTEGER NOT NULL);
CREATE TABLE metrics(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL, volatile INTEGER NOT NULL,
  sum INTEGER NOT NULL, UNIQUE (name, labels));
CREATE TABLE scalars(
  branch INTEGER NOT NULL, step INTEGER NOT NULL, metric INTEGER NOT NULL, value REAL, bits INTEGER,
  wall_us INTEGER NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (branch, step, metric)) WITHOUT ROWID;
CREATE TABLE events(
  branch INTEGER NOT NULL, step INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
  wall_us INTEGER NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (branch, step, kind, text)) WITHOUT ROWID;
CREATE TABLE notes(
  id INTEGER PRIMARY KEY, branch INTEGER NOT NULL, step INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
  wall_us INTEGER NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE sessions(
  id INTEGER PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, wall_us INTEGER NOT NULL);
INSERT INTO columns VALUES
  ('branches', 'id', 'exact'), ('branches', 'parent', 'exact'), ('branches', 'step', 'exact'),
  ('branches', 'wall_us', 'volatile'), ('branches', 'sum', 'exact'),
  ('metrics', 'id', 'volatile'), ('metrics', 'name', 'exact'), ('metrics', 'labels', 'exact'),
  ('metrics', 'volatile', 'exact'), ('metrics', 'sum', 'volatile'),
  ('scalars', 'branch', 'exact'), ('scalars', 'step', 'exact'), ('scalars', 'metric', 'exact'),
  ('scalars', 'value', 'exact'), ('scalars', 'bits', 'exact'),
  ('scalars', 'wall_us', 'volatile'), ('scalars', 'sum', 'volatile'),
  ('events', 'branch', 'exact'), ('events', 'step', 'exact'), ('events', 'kind', 'exact'),
  ('events', 'text', 'exact'), ('events', 'wall_us', 'volatile'), ('events', 'sum', 'volatile'),
  ('notes', 'id', 'volatile'), ('notes', 'branch', 'volatile'), ('notes', 'step', 'volatile'),
  ('notes', 'kind', 'volatile'), ('notes', 'text', 'volatile'), ('notes', 'wall_us', 'volatile'),
  ('notes', 'sum', 'volatile'),
  ('sessions', 'id', 'volatile'), ('sessions', 'host', 'volatile'), ('sessions', 'pid', 'volatile'),
  ('sessions', 'wall_us', 'volatile');
PRAGMA application_id = 0x41736354;
PRAGMA user_version = 1;
COMMIT;
)sql";

int64_t scalar_sum(int64_t branch, int64_t step, int64_t metric, uint64_t bits, int64_t wall_us) {
  const std::array<int64_t, 5> words{branch, step, metric, static_cast<int64_t>(bits), wall_us};
  return static_cast<int64_t>(hash(words) & kSumBits);
}

int64_t metric_sum(int64_t id, std::string_view name, std::string_view labels, bool is_volatile) {
  const std::array<int64_t, 2> words{id, is_volatile ? 1 : 0};
  return static_cast<int64_t>(hash(labels, hash(name, hash(words))) & kSumBits);
}

int64_t event_sum(int64_t branch, int64_t step, std::string_view kind, std::string_view text,
                  int64_t wall_us) {
  const std::array<int64_t, 3> words{branch, step, wall_us};
  return static_cast<int64_t>(hash(text, hash(kind, hash(words))) & kSumBits);
}

int64_t branch_sum(int64_t id, int64_t parent, int64_t step) {
  const std::array<int64_t, 3> words{id, parent, step};
  return static_cast<int64_t>(hash(words) & kSumBits);
}

}  // namespace ascender
