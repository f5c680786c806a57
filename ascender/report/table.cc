#include "ascender/report/table.h"

#include <algorithm>

namespace ascender {
namespace {

std::string spaces(int count) { return std::string(static_cast<size_t>(std::max(count, 0)), ' '); }

std::string line_of(const std::vector<Column>& columns, const std::vector<std::string>& cells,
                    const std::vector<int>& widths, int indent) {
  std::string line = spaces(indent);
  for (size_t i = 0; i < cells.size(); ++i) {
    const int padding = widths[i] - columns_of(cells[i]);
    if (i > 0) line += "  ";
    line += columns[i].align == Align::kRight ? spaces(padding) + cells[i] : cells[i] + spaces(padding);
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace

std::string cut(const std::string& text, int columns) {
  if (columns_of(text) <= columns) return text;
  std::string out;
  int used = 0;
  bool in_escape = false;
  bool has_escape = false;
  for (char c : text) {
    if (c == '\033') in_escape = has_escape = true;
    const bool begins = !in_escape && (c & 0xC0) != 0x80;
    if (begins && used == columns - 1) break;
    used += begins ? 1 : 0;
    out += c;
    if (in_escape && c == 'm') in_escape = false;
  }
  return out + (columns > 0 ? "…" : "") + (has_escape ? "\033[0m" : "");
}

std::string to_table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows,
                     TextStyle style, int indent) {
  std::vector<int> widths;
  std::vector<std::string> titles;
  for (const Column& column : columns) {
    titles.push_back(column.title);
    widths.push_back(columns_of(column.title));
  }
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::string out;
  if (std::ranges::any_of(titles, [](const std::string& title) { return !title.empty(); })) {
    const std::string head = cut(line_of(columns, titles, widths, indent), style.width);
    out += (style.color ? "\033[2m" + head + "\033[0m" : head) + "\n";
  }
  for (const std::vector<std::string>& row : rows)
    out += cut(line_of(columns, row, widths, indent), style.width) + "\n";
  return out;
}

}  // namespace ascender
