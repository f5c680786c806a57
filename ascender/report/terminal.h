// A chart for a terminal, in Unicode braille: two by four dots a cell. Lines are named at their right end, so
// that they are told apart without colour.
#pragma once

#include <string>

#include "ascender/report/chart.h"

namespace ascender {

struct TextStyle {
  int width = 100;     // columns; no line is longer
  bool color = false;  // ANSI escapes
};

// About `height` rows of dots between title and axis. Ends with a line break. Points are drawn as lines,
// faint lines not at all.
std::string to_terminal(const Chart& chart, TextStyle style, int height = 14);

// Columns that a text takes: code points, escapes not counted.
int columns_of(const std::string& text);

}  // namespace ascender
