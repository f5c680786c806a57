// What the list of runs and the page of a run have in common: a run read from its folder, whatever is left of
// it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ascender/record/run_folder.h"
#include "ascender/record/summary.h"
#include "ascender/record/trace_reader.h"

namespace ascender {

struct RunState {
  std::string status;  // a RunStatus, or running, or cut off: neither running nor finished
  std::optional<Summary> summary;
  std::optional<int64_t> steps;  // so far
  std::optional<int64_t> total_steps;
  std::optional<double> wall_s;
  std::map<std::string, double> metrics;  // of the summary, or the last of each in the trace
  std::vector<std::string> notes;         // what is damaged
};

RunState read_run(const RunFolder& run);

// Flat settings of a run as JSON texts; empty and a note when damaged.
std::map<std::string, std::string> read_settings(const RunFolder& run, std::vector<std::string>& notes);

// The name that summary.json gives a metric with labels: `set` and then `loops` become parts of it.
std::string flat_name(const TraceMetric& metric);

// "2m 05s", "3d 04h"
std::string duration(double seconds);

}  // namespace ascender
