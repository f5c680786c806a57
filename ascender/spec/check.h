// The checker: a file, its imports and the overrides, against a schema, to settled values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/base/diagnostic.h"
#include "ascender/spec/load.h"

namespace ascender::spec {

struct Assignment {
  std::string path;  // canonical: a path of the schema
  Value value;       // of the field's type, in base units
  Span span;         // where the value was written
};

struct Axis {
  std::string path;
  std::vector<Value> values;
  Span span;  // of the domain
};

// A statement that was parsed and checked, whose meaning is not run: verify, search, prune, rule, claim,
// guard, ...
struct NotRun {
  std::string kind;
  std::string name;
  Span span;
};

// One point of the grid: everything that is set there. Conditional settings (`when`) and values that depend
// on an axis differ between arms, so a run takes the defaults of the schema and these assignments, nothing
// else.
struct Arm {
  std::string label;  // "loops=4,layers=2", safe as a folder name, unique; "" without a grid
  std::vector<Assignment> assignments;  // by path
};

// A point of the grid that a `require` takes away.
struct Pruned {
  std::string label;
  std::string reason;
  Span span;  // of the condition
};

struct Resolved {
  std::vector<Assignment> assignments;  // those that all arms share, by path
  std::vector<Axis> grid;               // in file order; the first axis varies slowest
  std::vector<Arm> arms;                // legal points, in order, no two alike; exactly one without a grid
  std::vector<Pruned> pruned;
  std::vector<int64_t> seeds;  // empty when the file names none
  std::vector<NotRun> not_run;
  std::string name;  // of the objective block, or ""
};

struct CheckResult {
  Resolved resolved;  // meaningful when ok()
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
  bool ok() const { return errors.empty(); }
};

// Strength: what the file extends, then the file, then the overrides, later ones stronger. Never throws for
// what a user wrote.
CheckResult check(const std::filesystem::path& file, std::span<const std::string> overrides,
                  const Schema& schema);
CheckResult check(const std::filesystem::path& file, std::span<const std::string> overrides,
                  const Schema& schema, const ReadFile& read);

}  // namespace ascender::spec
