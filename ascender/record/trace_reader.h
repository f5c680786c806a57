// Reading a trace, of this process or another, while it is written or after. Each call sees what was
// committed when it began. Every row is checked against its checksum; a damaged file gives InputError naming
// it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ascender/record/metric.h"

namespace ascender {

struct TraceMetric {
  int64_t id = 0;
  std::string name;
  std::string labels;  // flattened
  Kind kind = Kind::kExact;
};

struct TracePoint {
  int64_t step = 0;
  double value = 0;     // the bits that were logged
  int64_t wall_us = 0;  // since the Unix epoch
};

struct TraceEvent {
  int64_t branch = 0;
  int64_t step = 0;
  std::string kind;
  std::string text;
  int64_t wall_us = 0;
};

class TraceReader {
 public:
  explicit TraceReader(const std::filesystem::path& path);
  ~TraceReader();
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;

  std::vector<TraceMetric> metrics() const;  // by name, labels
  std::vector<TracePoint> curve(std::string_view name, std::string_view labels = "",
                                int64_t branch = 0) const;
  std::optional<TracePoint> last(std::string_view name, std::string_view labels = "",
                                 int64_t branch = 0) const;
  std::optional<int64_t> last_step() const;  // of any scalar, any branch
  std::vector<TraceEvent> events() const;    // by branch, step, kind, text
  std::vector<TraceEvent> notes() const;     // in the order of writing

  // The exact columns of all exact rows, sorted: equal runs give equal bytes. A line a row:
  //   ascender trace 1
  //   branch ID PARENT STEP
  //   scalar BRANCH STEP NAME LABELS BITS        (- for no labels; the double's bits, 16 hexadecimal digits)
  //   event BRANCH STEP KIND TEXT                (as JSON strings)
  // Checks the whole file first.
  std::string canonical() const;

  // InputError when any page or row is damaged.
  void verify() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ascender
