#include "ascender/report/exact_match.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/core.h>
#include <set>
#include <vector>

#include "ascender/report/table.h"

namespace ascender {
namespace {

constexpr std::string_view kPrefix = "eval.exact_match.";
constexpr std::string_view kLoopsPrefix = "eval.loops.";

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t dot = text.find('.');
    parts.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// Loops ascending, then the most evaluated, then halting.
struct ByLoops {
  static int rank(const std::string& loops) {
    constexpr int kLast = 1 << 30;
    if (loops == "used") return kLast;
    if (loops == "halt") return kLast - 1;
    return loops.empty() ? kLast - 2 : number(loops).value_or(0);
  }
  bool operator()(const std::string& a, const std::string& b) const { return rank(a) < rank(b); }
};

std::string title_of(const std::string& loops) {
  if (loops == "used") return "loops used";
  if (loops == "halt") return "halting";
  return loops.empty() ? "most" : loops;
}

// Rows by (digits, length), columns by loops, cells as text.
struct Grid {
  std::map<std::pair<int, int>, std::map<std::string, std::string, ByLoops>> cells;
  std::set<std::string, ByLoops> loops;

  std::string& at(int digits, int length, const std::string& column) {
    loops.insert(column);
    return cells[{digits, length}][column];
  }

  // `size_title`: digits of a sum, or the length of a sequence.
  std::string text(const std::string& title, const std::string& size_title, const std::string& length_title,
                   TextStyle style) const {
    std::vector<Column> columns{{size_title, Align::kRight}};
    if (!length_title.empty()) columns.push_back({length_title, Align::kRight});
    for (const std::string& column : loops) columns.push_back({title_of(column), Align::kRight});
    std::vector<std::vector<std::string>> rows;
    for (const auto& [key, by_loops] : cells) {
      std::vector<std::string> row{std::to_string(key.first)};
      if (!length_title.empty()) row.push_back(std::to_string(key.second));
      for (const std::string& column : loops) {
        const auto cell = by_loops.find(column);
        row.push_back(cell == by_loops.end() ? "" : cell->second);
      }
      rows.push_back(std::move(row));
    }
    return fmt::format("{}\n{}", title, to_table(columns, rows, style, 2));
  }
};

bool has_several_loops(const Grid& grid) { return grid.loops.size() > 1; }

}  // namespace

std::string percent(double share) {
  if (std::isnan(share)) return "nan";
  const std::string text = fmt::format("{:.1f}", 100 * share);
  return text == "100.0" ? (share == 1 ? "100" : "99.9") : text;  // 100 only when none is wrong
}

std::optional<ExactMatchName> parse_exact_match(std::string_view metric) {
  const bool is_loops = metric.starts_with(kLoopsPrefix);
  if (!is_loops && !metric.starts_with(kPrefix)) return std::nullopt;
  const std::vector<std::string_view> parts =
      parts_of(metric.substr((is_loops ? kLoopsPrefix : kPrefix).size()));
  ExactMatchName name;
  size_t at = 0;
  name.set = parts[at++];
  if (name.set.empty() || number(name.set)) return std::nullopt;
  if ((name.set == "chain" || name.set == "dep") && at < parts.size())
    name.length = number(parts[at++]).value_or(-1);
  if (at >= parts.size() || name.length < 0) return std::nullopt;
  const std::optional<int> digits = number(parts[at++]);
  if (!digits) return std::nullopt;
  name.digits = *digits;
  const std::vector<std::string_view> rest(parts.begin() + static_cast<std::ptrdiff_t>(at), parts.end());
  const bool is_halt = rest.size() == 1 && rest[0] == "halt";
  const bool is_fixed = rest.size() == 2 && rest[0] == "loops" && number(rest[1]);
  if (is_loops ? !is_halt : !(is_halt || is_fixed || rest.empty())) return std::nullopt;
  name.loops = is_loops ? "used" : is_fixed ? std::string(rest[1]) : is_halt ? "halt" : "";
  return name;
}

std::string exact_match_tables(const std::map<std::string, double>& metrics, TextStyle style) {
  Grid both;
  std::map<std::string, Grid> others;
  for (const auto& [metric, value] : metrics) {
    const std::optional<ExactMatchName> name = parse_exact_match(metric);
    if (!name) continue;
    const std::string text = name->loops == "used" ? fmt::format("{:.1f}", value) : percent(value);
    if (name->set != "uniform" && name->set != "carry") {
      others[name->set].at(name->digits, name->length, name->loops) = text;
      continue;
    }
    std::string& cell = both.at(name->digits, 0, name->loops);
    const size_t slash = cell.find('/');
    const std::string uniform = name->set == "uniform"       ? text
                                : slash == std::string::npos ? "-"
                                                             : cell.substr(0, slash);
    const std::string carry = name->set == "carry"         ? text
                              : slash == std::string::npos ? "-"
                                                           : cell.substr(slash + 1);
    cell = fmt::format("{}/{}", uniform, carry);
  }
  std::string out;
  if (!both.cells.empty()) {
    out += both.text(has_several_loops(both) ? "exact match by loops, % uniform/carry-heavy"
                                             : "exact match, % uniform/carry-heavy",
                     "digits", "", style);
  }
  for (const auto& [set, grid] : others) {
    const bool has_length = set == "chain" || set == "dep";
    const std::string what = set == "chain" ? "longest carry chain"
                             : set == "dep" ? "longest dependency"
                                            : set;
    const std::string title =
        fmt::format("exact match{}, %, {}", has_several_loops(grid) ? " by loops" : "", what);
    if (!out.empty()) out += "\n";
    out += grid.text(title, has_length ? "digits" : "length", has_length ? set : "", style);
  }
  return out;
}

Chart exact_match_chart(const std::map<std::string, double>& metrics, int most_loops) {
  std::map<int, std::map<double, double>> curves;  // digits -> loops -> percent
  for (const auto& [name, value] : metrics) {
    const std::optional<ExactMatchName> m = parse_exact_match(name);
    if (!m || m->set != "carry" || m->loops == "halt" || m->loops == "used") continue;
    curves[m->digits][m->loops.empty() ? most_loops : std::stod(m->loops)] = 100 * value;
  }
  Chart chart;
  chart.title = "Exact match by loops at test time";
  chart.subtitle = "carry-heavy sums, answered all at once";
  chart.x.title = "loops";
  chart.x.scale = Scale::kLog;
  chart.y.title = "exact match, %";
  chart.y.low = 0;
  chart.y.high = 100;
  for (const auto& [digits, curve] : curves) {
    if (curve.size() < 2) continue;
    Series series;
    series.name = fmt::format("{} digits", digits);
    series.color = static_cast<int>(chart.series.size());
    for (const auto& [loops, percent] : curve) {
      series.x.push_back(loops);
      series.y.push_back(percent);
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

}  // namespace ascender
