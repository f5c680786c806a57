// Text in columns.
#pragma once

#include <string>
#include <vector>

#include "ascender/report/terminal.h"

namespace ascender {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

// Columns as wide as their widest cell, two spaces between; lines are cut at the style's width. With `indent`
// spaces before each line. The titles are left out when all are empty.
std::string to_table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows,
                     TextStyle style, int indent = 0);

// At most `columns` code points, the last one an ellipsis when it was cut. Escapes are kept and closed.
std::string cut(const std::string& text, int columns);

}  // namespace ascender
