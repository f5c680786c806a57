#include "ascender/report/place_labels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace ascender {
namespace {

using Box = LabelBox;
using Line = LabelScene::Line;

constexpr double kPointRadius = 7;
constexpr double kFar = 20;  // from here on a line leads to the point

double overlap(const Box& a, const Box& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

// Clips the line to the box (Liang and Barsky 1984) and gives the length inside.
double length_inside(const Line& line, const Box& box) {
  const double dx = line.to_x - line.x;
  const double dy = line.to_y - line.y;
  double begin = 0;
  double end = 1;
  const std::array<std::array<double, 2>, 4> sides{{{-dx, line.x - box.left},
                                                    {dx, box.right - line.x},
                                                    {-dy, line.y - box.top},
                                                    {dy, box.bottom - line.y}}};
  for (const auto& [slope, room] : sides) {
    if (slope == 0) {
      if (room < 0) return 0;
    } else if (slope < 0) {
      begin = std::max(begin, room / slope);
    } else {
      end = std::min(end, room / slope);
    }
  }
  return end > begin ? (end - begin) * std::hypot(dx, dy) : 0;
}

Box around(const LabelScene::Point& point) {
  return {point.x - kPointRadius, point.y - kPointRadius, point.x + kPointRadius, point.y + kPointRadius};
}

struct Candidate {
  Box box;
  Line leader;  // empty when near
  double cost;
};

double harm(const LabelScene& scene, const std::vector<Candidate>& placed, const Candidate& label) {
  const Box& box = label.box;
  const Box padded{box.left - 3, box.top - 1, box.right + 3, box.bottom + 1};
  double sum = 50 * (std::max({0.0, scene.inside.left - box.left, box.right - scene.inside.right}) +
                     std::max({0.0, scene.inside.top - box.top, box.bottom - scene.inside.bottom}));
  for (const Box& text : scene.texts) sum += 20 * overlap(padded, text);
  for (const Candidate& other : placed) {
    sum += 20 * overlap(padded, other.box) + 10 * length_inside(other.leader, padded) +
           10 * length_inside(label.leader, other.box);
  }
  for (const LabelScene::Point& point : scene.points) {
    const bool is_own = label.leader.x == point.x && label.leader.y == point.y;
    sum += 20 * overlap(box, around(point)) + (is_own ? 0 : 10 * length_inside(label.leader, around(point)));
  }
  for (const Line& line : scene.lines) sum += 4 * length_inside(line, padded);
  return sum;
}

// Places whose nearest edge or corner is `distance` from the point: right, left, then below and above, where
// the text may also slide sideways.
std::vector<Candidate> candidates(const LabelRequest& label, double distance) {
  std::vector<Candidate> all;
  const double corner = 0.7 * distance;
  const auto add = [&](double left, double top, double cost) {
    const Box box{label.x + left, label.y + top, label.x + left + label.width, label.y + top + label.height};
    Line leader{0, 0, 0, 0};
    if (distance >= kFar) {
      leader = {label.x, label.y, std::clamp(label.x, box.left, box.right),
                std::clamp(label.y, box.top, box.bottom)};
    }
    all.push_back({box, leader, distance + cost});
  };
  add(distance, -label.height / 2, 0);
  add(-distance - label.width, -label.height / 2, 2);
  for (double top : {corner, -corner - label.height}) {
    add(corner, top, 1);
    add(-corner - label.width, top, 3);
  }
  for (double top : {distance, -distance - label.height}) {
    for (double slide : {0.5, 0.25, 0.75, 0.1, 0.9}) add(-slide * label.width, top, 4);
  }
  return all;
}

}  // namespace

std::vector<LabelPlace> place_labels(const LabelScene& scene, const std::vector<LabelRequest>& wanted) {
  constexpr std::array kDistances{8.0, 12.0, 20.0, 30.0, 42.0, 56.0, 72.0, 90.0};
  std::vector<Candidate> placed;
  std::vector<LabelPlace> places;
  for (const LabelRequest& label : wanted) {
    Candidate best{{}, {}, std::numeric_limits<double>::infinity()};
    for (double distance : kDistances) {
      for (Candidate& candidate : candidates(label, distance)) {
        candidate.cost += harm(scene, placed, candidate);
        if (candidate.cost < best.cost) best = candidate;
      }
    }
    const Line& leader = best.leader;
    places.push_back({.x = best.box.left,
                      .y = best.box.bottom - 2,
                      .is_far = leader.x != leader.to_x || leader.y != leader.to_y,
                      .to_x = leader.to_x,
                      .to_y = leader.to_y});
    placed.push_back(best);
  }
  return places;
}

double text_width(const std::string& text, double font_size) {
  double ems = 0;
  for (char c : text) {
    if ((c & 0xC0) == 0x80) continue;
    ems += std::string("ijlftr.,:;|'()[] ").find(c) != std::string::npos ? 0.36
           : (c >= 'A' && c <= 'Z')                                      ? 0.74
                                                                         : 0.64;
  }
  return ems * font_size;
}

}  // namespace ascender
