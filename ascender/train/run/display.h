// What a person or a script sees of a run while it trains: one line that updates on a terminal, plain lines
// elsewhere, JSON lines with --json, nothing but warnings with --quiet.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace ascender {

enum class DisplayMode { kAuto, kPlain, kJson, kQuiet };

struct Progress {
  int64_t step = 0, steps = 0;
  double loss = 0;
  double lr = 0;
  double tokens_per_s = 0;
  std::optional<double> percent_of_roof;
  double elapsed_s = 0, left_s = 0;
};

class Display {
 public:
  virtual ~Display() = default;
  virtual void progress(const Progress& progress) = 0;       // as often as it likes to be told
  virtual void evaluating(int64_t done, int64_t total) = 0;  // rows
  virtual void note(const std::string& text) = 0;            // a line that stays
  virtual void warn(const std::string& text) = 0;            // a line that stays, also when quiet
  virtual void finish() = 0;                                 // the updating line ends
};

// kAuto: the updating line when `out` is a terminal, else plain lines. Progress goes to `out`.
std::unique_ptr<Display> make_display(DisplayMode mode, std::FILE* out);

std::string format_duration(double seconds);  // 1:05, 2:03:04
std::string format_count(double x);           // 12.3k, 4.56M

}  // namespace ascender
