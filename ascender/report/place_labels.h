// Where the texts beside points go: the place of least harm among those around each point, in the order
// given. Pixels, y downwards.
#pragma once

#include <string>
#include <vector>

namespace ascender {

struct LabelBox {
  double left = 0, top = 0, right = 0, bottom = 0;
};

struct LabelScene {
  LabelBox inside;  // labels stay in it
  struct Point {
    double x, y;
  };
  struct Line {
    double x, y, to_x, to_y;
  };
  std::vector<Point> points;    // not to be covered
  std::vector<Line> lines;      // to be crossed only at need
  std::vector<LabelBox> texts;  // not to be covered
};

struct LabelRequest {
  double x = 0, y = 0;  // the point that it names
  double width = 0, height = 0;
};

struct LabelPlace {
  double x = 0, y = 0;  // the left end of the text's base line
  bool is_far = false;  // a line from the point is needed, to:
  double to_x = 0, to_y = 0;
};

std::vector<LabelPlace> place_labels(const LabelScene& scene, const std::vector<LabelRequest>& wanted);

// About how wide a text is in the fonts that the figures ask for.
double text_width(const std::string& text, double font_size);

}  // namespace ascender
