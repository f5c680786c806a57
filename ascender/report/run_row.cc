#include "ascender/report/run_row.h"

#include <cmath>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

// The first line of an error: what is wrong with which file.
std::string first_line(const InputError& error) { return error.diagnostics().front().message; }
std::string first_line(const std::exception& error) { return error.what(); }

// Runs `read`; a file that cannot be read becomes a note.
template <class Read>
void try_to(std::vector<std::string>& notes, const Read& read) {
  try {
    read();
  } catch (const InputError& error) {
    notes.push_back(first_line(error));
  } catch (const std::runtime_error& error) {
    notes.push_back(first_line(error));
  }
}

void read_trace(const RunFolder& run, RunState& state) {
  const TraceReader trace(run.trace());
  const std::optional<int64_t> last = trace.last_step();
  if (last && !state.steps) state.steps = last;
  if (state.summary) return;
  std::optional<int64_t> first_us;
  int64_t last_us = 0;
  for (const TraceMetric& metric : trace.metrics()) {
    const std::optional<TracePoint> point = trace.last(metric.name, metric.labels);
    if (!point) continue;
    last_us = std::max(last_us, point->wall_us);
    if (metric.kind == Kind::kVolatile) continue;
    state.metrics[flat_name(metric)] = point->value;
    if (metric.name == "train.loss") first_us = trace.curve(metric.name, metric.labels).front().wall_us;
  }
  if (first_us) state.wall_s = static_cast<double>(last_us - *first_us) / 1e6;
}

}  // namespace

RunState read_run(const RunFolder& run) {
  RunState state;
  if (std::filesystem::exists(run.summary())) {
    try_to(state.notes, [&] {
      state.summary = read_summary(run.summary());
      state.status = name_of(state.summary->status);
      state.steps = state.summary->steps;
      state.wall_s = state.summary->wall_s;
      state.metrics = state.summary->metrics;
    });
    if (!state.summary) state.status = "damaged";
  }
  if (run.is_running()) state.status = "running";
  if (state.status.empty()) state.status = "cut off";
  const std::map<std::string, std::string> settings = read_settings(run, state.notes);
  const auto steps = settings.find("steps");
  if (steps != settings.end()) state.total_steps = std::atoll(steps->second.c_str());
  try_to(state.notes, [&] { read_trace(run, state); });
  if (!state.notes.empty() && state.status != "running") state.status = "damaged";
  return state;
}

std::string flat_name(const TraceMetric& metric) {
  std::map<std::string, std::string> labels;
  for (size_t begin = 0; begin < metric.labels.size();) {
    const size_t end = std::min(metric.labels.find(',', begin), metric.labels.size());
    const std::string label = metric.labels.substr(begin, end - begin);
    const size_t equals = std::min(label.find('='), label.size());
    labels[label.substr(0, equals)] = label.substr(std::min(equals + 1, label.size()));
    begin = end + 1;
  }
  std::string name = metric.name;
  if (labels.contains("set") && labels["set"] != "validation") name += "." + labels["set"];
  if (labels.contains("loops")) name += labels["loops"] == "halt" ? ".halt" : ".loops." + labels["loops"];
  for (const auto& [key, value] : labels) {
    if (key != "set" && key != "loops") name += "." + key + "." + value;
  }
  return name;
}

std::map<std::string, std::string> read_settings(const RunFolder& run, std::vector<std::string>& notes) {
  std::map<std::string, std::string> settings;
  try_to(notes, [&] {
    const nlohmann::json json = nlohmann::json::parse(run.read_config());
    for (const auto& [path, value] : json.items()) settings[path] = value.dump();
  });
  return settings;
}

std::string duration(double seconds) {
  if (!(seconds >= 0) || std::isinf(seconds)) return "-";
  if (seconds < 60) return fmt::format("{:.{}f}s", seconds, seconds < 10 ? 1 : 0);
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  if (whole < 86'400) return fmt::format("{}h {:02}m", whole / 3600, whole / 60 % 60);
  return fmt::format("{}d {:02}h", whole / 86'400, whole / 3600 % 24);
}

}  // namespace ascender
