#include <algorithm>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/record/environment.h"
#include "ascender/report/exact_match.h"
#include "ascender/report/run_row.h"
#include "ascender/report/runs.h"
#include "ascender/report/svg.h"
#include "ascender/report/table.h"

namespace ascender {
namespace {

using Settings = std::map<std::string, std::string>;

std::string heading(const std::string& text, TextStyle style) {
  return "\n" + (style.color ? "\033[1m" + text + "\033[0m" : text) + "\n";
}

// 3.01e12, FLOP -> "3.01 TFLOP"
std::string amount(double value, const std::string& unit) {
  const std::string number = short_number(value);
  const size_t prefix = number.find_first_of("kMGT");
  if (prefix == std::string::npos) return fmt::format("{} {}", number, unit);
  return fmt::format("{} {}{}", number.substr(0, prefix), number.substr(prefix), unit);
}

std::string head(const RunFolder& run, const RunState& state, TextStyle style) {
  std::string line = fmt::format("{}  {}", run.id(), state.status);
  if (state.steps) line += fmt::format("  {} steps", *state.steps);
  if (state.total_steps && state.steps != state.total_steps)
    line += fmt::format(" of {}", *state.total_steps);
  if (state.wall_s) line += fmt::format(" in {}", duration(*state.wall_s));
  std::string out = cut(style.color ? "\033[1m" + line + "\033[0m" : line, style.width) + "\n";
  if (!state.summary) return out;
  const Summary& summary = *state.summary;
  out += cut(fmt::format("{}, peak {}, weights {}", amount(summary.flops, "FLOP"),
                         amount(static_cast<double>(summary.peak_bytes), "B"),
                         summary.weights_sha256.substr(0, 16)),
             style.width) +
         "\n";
  return summary.reason.empty() ? out : out + summary.reason + "\n";
}

// What a run's settings have that the defaults have not. The schema's defaults go through JSON as the run's
// did.
std::string configuration(const Settings& settings, const Schema* schema, TextStyle style) {
  Settings defaults;
  if (schema != nullptr) {
    const nlohmann::json json = nlohmann::json::parse(Config(*schema).to_json());
    for (const auto& [path, value] : json.items()) defaults[path] = value.dump();
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [path, value] : settings) {
    const auto fallback = defaults.find(path);
    if (fallback != defaults.end() && fallback->second == value) continue;
    const std::string note = fallback != defaults.end() ? "default " + fallback->second
                             : schema != nullptr        ? "unknown to this program"
                                                        : "";
    rows.push_back({path, value, note});
  }
  const std::string title =
      schema == nullptr ? "configuration" : "configuration, where it differs from the defaults";
  if (rows.empty()) return heading(title, style) + (settings.empty() ? "  none\n" : "  nowhere\n");
  return heading(title, style) + to_table({{}, {}, {}}, rows, style, 2);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string environment(const RunFolder& run, std::vector<std::string>& notes, TextStyle style) {
  try {
    const Environment e = read_environment(run.environment());
    const std::vector<std::vector<std::string>> rows{
        {"started", fmt::format("{} on {}", e.started, e.host)},
        {"cpu", fmt::format("{}, {} usable; {} threads, {}", e.cpu, e.cpus, e.threads, e.simd_target)},
        {"system", e.system},
        {"code", fmt::format("{}, numerics version {}", e.code_version, e.numerics_version)},
        {"command", joined(e.command_line)}};
    return heading("environment", style) + to_table({{}, {}}, rows, style, 2);
  } catch (const InputError& error) {
    notes.push_back(error.diagnostics().front().message);
  } catch (const EnvironmentError& error) {
    notes.push_back(error.what());
  }
  return "";
}

std::string metrics(const RunState& state, TextStyle style) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : state.metrics) {
    if (!parse_exact_match(name)) rows.push_back({name, fmt::format("{:.6g}", value)});
  }
  std::string out;
  if (!rows.empty()) out += heading("metrics", style) + to_table({{}, {"", Align::kRight}}, rows, style, 2);
  const std::string exact = exact_match_tables(state.metrics, style);
  return exact.empty() ? out : out + "\n" + exact;
}

// How often each kind of event happened, and the last of it.
std::string events(const TraceReader& trace, TextStyle style) {
  std::map<std::string, std::pair<int64_t, TraceEvent>> kinds;
  for (const auto& list : {trace.events(), trace.notes()}) {
    for (const TraceEvent& event : list) {
      auto& [count, last] = kinds[event.kind];
      ++count;
      last = event;
    }
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [kind, of] : kinds) {
    std::string text = of.second.text.substr(0, of.second.text.find('\n'));
    rows.push_back({kind, fmt::format("{}x", of.first), fmt::format("last at step {}", of.second.step),
                    std::move(text)});
  }
  if (rows.empty()) return "";
  return heading("events", style) + to_table({{}, {"", Align::kRight}, {}, {}}, rows, style, 2);
}

constexpr int kMostLoops = 32;  // of the standard evaluation

// loops.svg, beside the tables of exact match.
std::string loops_drawing(const RunFolder& run, const std::map<std::string, double>& metrics) {
  const Chart chart = exact_match_chart(metrics, kMostLoops);
  if (chart.series.empty()) return "";
  try {
    write_file(run.path() / "loops.svg", to_svg(chart));
    return fmt::format("drawn in {}\n", (run.path() / "loops.svg").native());
  } catch (const EnvironmentError& error) {
    return fmt::format("loops.svg is not written: {}\n", error.what());
  }
}

std::string curves(const RunFolder& run, const TraceReader& trace, TextStyle style) {
  Chart chart = loss_chart(trace, "loss of " + run.id());
  if (chart.series.empty()) return "";
  std::string note;
  try {
    write_file(run.path() / "loss.svg", to_svg(chart));
    note = fmt::format("drawn in {}\n", (run.path() / "loss.svg").native());
  } catch (const EnvironmentError& error) {
    note = fmt::format("loss.svg is not written: {}\n", error.what());
  }
  chart.title.clear();
  return heading("loss", style) + to_terminal(chart, style) + note;
}

}  // namespace

std::string show_text(const RunFolder& run, const Schema* schema, TextStyle style) {
  RunState state = read_run(run);
  std::vector<std::string> ignored;
  std::string out = head(run, state, style);
  out += configuration(read_settings(run, ignored), schema, style);
  out += environment(run, state.notes, style);
  out += metrics(state, style) + loops_drawing(run, state.metrics);
  try {
    const TraceReader trace(run.trace());
    out += events(trace, style) + curves(run, trace, style);
  } catch (const InputError&) {  // named by read_run
  } catch (const EnvironmentError&) {
  }
  for (const std::string& note : state.notes) out += "\n" + note + "\n";
  return out;
}

}  // namespace ascender
