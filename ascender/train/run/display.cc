#include "ascender/train/run/display.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ascender/base/clock.h"

namespace ascender {
namespace {

std::string line_of(const Progress& p) {
  const std::string roof = p.percent_of_roof ? fmt::format("{:.0f}%", *p.percent_of_roof) : "-";
  return fmt::format("step {}/{}  loss {:.4f}  {} tok/s  {} of roof  left {}", p.step, p.steps, p.loss,
                     format_count(p.tokens_per_s), roof, format_duration(p.left_s));
}

class TerminalDisplay : public Display {
 public:
  explicit TerminalDisplay(std::FILE* out) : out_(out) {}
  void progress(const Progress& p) override {
    const std::string line = line_of(p);
    // A line that wraps cannot be updated.
    const size_t room = columns() - std::min(columns(), line.size() + 2);
    const int64_t cells = std::min(static_cast<int64_t>(room), kBarCells);
    const int64_t filled = p.steps > 0 ? cells * p.step / p.steps : 0;
    std::string bar;
    for (int64_t i = 0; i < cells; ++i) bar += i < filled ? "━" : "─";
    show(cells < kLeastCells ? line.substr(0, columns() - 1) : fmt::format("{} {}", bar, line));
  }
  void evaluating(int64_t done, int64_t total) override {
    show(fmt::format("evaluating {}/{} rows", done, total));
  }
  void note(const std::string& text) override {
    finish();
    fmt::print(out_, "{}\n", text);
    std::fflush(out_);
  }
  void warn(const std::string& text) override { note("warning: " + text); }
  void finish() override {
    if (open_) fmt::print(out_, "\r\033[K");
    open_ = false;
    std::fflush(out_);
  }

 private:
  static constexpr int64_t kBarCells = 20, kLeastCells = 5;
  size_t columns() const {
    struct winsize size {};
    return ::ioctl(::fileno(out_), TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
  }
  void show(const std::string& text) {
    fmt::print(out_, "\r\033[K{}", text);
    std::fflush(out_);
    open_ = true;
  }
  std::FILE* out_;
  bool open_ = false;
};

class PlainDisplay : public Display {
 public:
  explicit PlainDisplay(std::FILE* out) : out_(out) {}
  void progress(const Progress& p) override {
    const double now = seconds_now();
    if (now < next_ && p.step != p.steps) return;
    next_ = now + 5;
    say(line_of(p));
  }
  void evaluating(int64_t, int64_t) override {}
  void note(const std::string& text) override { say(text); }
  void warn(const std::string& text) override { say("warning: " + text); }
  void finish() override {}

 private:
  void say(const std::string& text) {
    fmt::print(out_, "{}\n", text);
    std::fflush(out_);
  }
  std::FILE* out_;
  double next_ = 0;
};

class JsonDisplay : public Display {
 public:
  explicit JsonDisplay(std::FILE* out) : out_(out) {}
  void progress(const Progress& p) override {
    nlohmann::json json = {{"event", "progress"},      {"step", p.step},     {"steps", p.steps},
                           {"loss", p.loss},           {"lr", p.lr},         {"tokens_per_s", p.tokens_per_s},
                           {"elapsed_s", p.elapsed_s}, {"left_s", p.left_s}, {"percent_of_roof", nullptr}};
    if (p.percent_of_roof) json["percent_of_roof"] = *p.percent_of_roof;
    say(json);
  }
  void evaluating(int64_t done, int64_t total) override {
    if (done == total) say({{"event", "evaluated"}, {"rows", total}});
  }
  void note(const std::string& text) override { say({{"event", "note"}, {"text", text}}); }
  void warn(const std::string& text) override { say({{"event", "warning"}, {"text", text}}); }
  void finish() override {}

 private:
  void say(const nlohmann::json& json) {
    fmt::print(out_, "{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    std::fflush(out_);
  }
  std::FILE* out_;
};

class QuietDisplay : public Display {
 public:
  void progress(const Progress&) override {}
  void evaluating(int64_t, int64_t) override {}
  void note(const std::string&) override {}
  void warn(const std::string& text) override { fmt::print(stderr, "warning: {}\n", text); }
  void finish() override {}
};

}  // namespace

std::unique_ptr<Display> make_display(DisplayMode mode, std::FILE* out) {
  switch (mode) {
    case DisplayMode::kQuiet:
      return std::make_unique<QuietDisplay>();
    case DisplayMode::kJson:
      return std::make_unique<JsonDisplay>(out);
    case DisplayMode::kPlain:
      return std::make_unique<PlainDisplay>(out);
    case DisplayMode::kAuto:
      break;
  }
  if (::isatty(::fileno(out)) != 0) return std::make_unique<TerminalDisplay>(out);
  return std::make_unique<PlainDisplay>(out);
}

std::string format_duration(double seconds) {
  if (!(seconds >= 0) || seconds > 1e9) return "-";
  const auto s = static_cast<int64_t>(std::llround(seconds));
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string format_count(double x) {
  if (x >= 1e9) return fmt::format("{:.2f}G", x / 1e9);
  if (x >= 1e6) return fmt::format("{:.2f}M", x / 1e6);
  if (x >= 1e3) return fmt::format("{:.1f}k", x / 1e3);
  return fmt::format("{:.0f}", x);
}

}  // namespace ascender
