#include "ascender/report/runs.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>

#include "ascender/report/exact_match.h"
#include "ascender/report/run_row.h"
#include "ascender/report/table.h"

namespace ascender {
namespace {

std::string colored(const std::string& status, TextStyle style) {
  if (!style.color) return status;
  const char* code = status == "done"                             ? "32"
                     : status == "running"                        ? "36"
                     : status == "stopped" || status == "cut off" ? "33"
                                                                  : "31";
  return fmt::format("\033[{}m{}\033[0m", code, status);
}

std::string loss_text(const RunState& state, const std::string& name) {
  const auto found = state.metrics.find(name);
  return found == state.metrics.end() ? "" : fmt::format("{:.4f}", found->second);
}

// "99.8/99.6 at 12": exact match, uniform/carry-heavy, at 12 digits or, without them, at the most.
std::string exact_text(const std::map<std::string, double>& metrics) {
  int digits = 0;
  for (const auto& [metric, value] : metrics) {
    const std::optional<ExactMatchName> name = parse_exact_match(metric);
    if (!name || !name->loops.empty() || (name->set != "uniform" && name->set != "carry")) continue;
    if (digits != 12) digits = name->digits == 12 ? 12 : std::max(digits, name->digits);
  }
  if (digits == 0) return "";
  const auto of = [&](const char* set) {
    const auto found = metrics.find(fmt::format("eval.exact_match.{}.{}", set, digits));
    return found == metrics.end() ? std::string("-") : percent(found->second);
  };
  return fmt::format("{}/{} at {}", of("uniform"), of("carry"), digits);
}

std::string steps_text(const RunState& state) {
  if (!state.steps) return "-";
  const bool is_whole = !state.total_steps || *state.total_steps == *state.steps;
  return is_whole ? std::to_string(*state.steps) : fmt::format("{}/{}", *state.steps, *state.total_steps);
}

bool any_filled(const std::vector<std::vector<std::string>>& rows, size_t column) {
  return std::ranges::any_of(rows, [&](const auto& row) { return !row[column].empty(); });
}

// Leaves out columns that no row fills.
std::string filled_table(std::vector<Column> columns, std::vector<std::vector<std::string>> rows,
                         TextStyle style) {
  for (size_t column = columns.size(); column-- > 0;) {
    if (any_filled(rows, column)) continue;
    columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(column));
    for (auto& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
  }
  return to_table(columns, rows, style);
}

struct Moments {
  double mean = 0, spread = 0, low = 0, high = 0;
};

Moments moments_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Moments m{0, 0, values[0], values[0]};
  for (double value : values) {
    m.mean += value / n;
    m.low = std::min(m.low, value);
    m.high = std::max(m.high, value);
  }
  for (double value : values) m.spread += (value - m.mean) * (value - m.mean);
  m.spread = values.size() > 1 ? std::sqrt(m.spread / (n - 1)) : 0;
  return m;
}

// Losses and the exact matches at the most loops: what a table of runs has room for.
std::vector<std::string> headline_metrics(const Study& study) {
  std::vector<std::string> names;
  for (const StudyRun& run : study.runs) {
    for (const auto& [name, value] : run.summary.metrics) {
      const std::optional<ExactMatchName> exact = parse_exact_match(name);
      const bool is_headline = exact ? exact->loops.empty() && exact->length == 0 : name.starts_with("eval.");
      if (is_headline && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

std::string value_text(const std::string& name, double value) {
  return parse_exact_match(name) ? percent(value) : fmt::format("{:.4f}", value);
}

std::string arms_table(const Study& study, const std::vector<std::string>& names, TextStyle style) {
  std::vector<std::string> arms;
  for (const StudyRun& run : study.runs) {
    if (std::ranges::find(arms, run.arm) == arms.end()) arms.push_back(run.arm);
  }
  std::vector<std::vector<std::string>> rows;
  for (const std::string& arm : arms) {
    for (const std::string& name : names) {
      std::vector<double> values;
      for (const StudyRun& run : study.runs) {
        const auto found = run.summary.metrics.find(name);
        if (run.arm == arm && found != run.summary.metrics.end()) values.push_back(found->second);
      }
      if (values.empty()) continue;
      const Moments m = moments_of(values);
      rows.push_back({arm, name, std::to_string(values.size()), value_text(name, m.mean),
                      value_text(name, m.spread), value_text(name, m.low), value_text(name, m.high)});
    }
  }
  return to_table({{"arm", Align::kLeft},
                   {"metric", Align::kLeft},
                   {"runs", Align::kRight},
                   {"mean", Align::kRight},
                   {"sd", Align::kRight},
                   {"lowest", Align::kRight},
                   {"highest", Align::kRight}},
                  rows, style);
}

}  // namespace

std::string runs_text(const std::filesystem::path& root, std::time_t now, TextStyle style) {
  std::vector<RunFolder> runs = list_runs(root);
  if (runs.empty()) return fmt::format("no runs under {}\n", root.native());
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> notes;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    const RunState state = read_run(*run);
    const double age = static_cast<double>(now) - static_cast<double>(run->created_ns()) / 1e9;
    const std::string id = std::filesystem::relative(run->path(), root).native();
    rows.push_back({id, colored(state.status, style), steps_text(state), loss_text(state, "train.loss"),
                    loss_text(state, "eval.loss"), exact_text(state.metrics),
                    state.wall_s ? duration(*state.wall_s) : "", duration(std::max(age, 0.0))});
    for (const std::string& note : state.notes) notes.push_back(fmt::format("{}: {}", id, note));
  }
  std::string out = filled_table({{"run", Align::kLeft},
                                  {"status", Align::kLeft},
                                  {"steps", Align::kRight},
                                  {"train loss", Align::kRight},
                                  {"eval loss", Align::kRight},
                                  {"exact % U/H", Align::kLeft},
                                  {"wall", Align::kRight},
                                  {"age", Align::kRight}},
                                 rows, style);
  for (const std::string& note : notes) out += note + "\n";
  return out;
}

std::string study_text(const Study& study, TextStyle style) {
  const std::vector<std::string> names = headline_metrics(study);
  std::vector<std::vector<std::string>> rows;
  for (const StudyRun& run : study.runs) {
    const Summary& s = run.summary;
    const auto loss = s.metrics.find("eval.loss");
    rows.push_back({run.arm, std::to_string(run.seed), colored(name_of(s.status), style),
                    std::to_string(s.steps),
                    loss == s.metrics.end() ? "" : fmt::format("{:.4f}", loss->second), exact_text(s.metrics),
                    duration(s.wall_s), run.run});
  }
  std::string out = study.name + "\n" +
                    filled_table({{"arm", Align::kLeft},
                                  {"seed", Align::kRight},
                                  {"status", Align::kLeft},
                                  {"steps", Align::kRight},
                                  {"eval loss", Align::kRight},
                                  {"exact % U/H", Align::kLeft},
                                  {"wall", Align::kRight},
                                  {"run", Align::kLeft}},
                                 rows, style);
  return names.empty() ? out : out + "\n" + arms_table(study, names, style);
}

}  // namespace ascender
