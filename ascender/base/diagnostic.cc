#include "ascender/base/diagnostic.h"

#include <algorithm>
#include <fmt/core.h>

namespace ascender {
namespace {

struct Line {
  int number = 1;
  size_t begin = 0;
  size_t end = 0;
};

Line line_at(const Source& source, size_t offset) {
  offset = std::min(offset, source.text.size());
  Line line;
  for (size_t i = 0; i < offset; ++i) {
    if (source.text[i] == '\n') {
      ++line.number;
      line.begin = i + 1;
    }
  }
  line.end = source.text.find('\n', line.begin);
  if (line.end == std::string::npos) line.end = source.text.size();
  return line;
}

int code_points(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

const char* severity_name(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "error";
}

const char* severity_color(Severity severity) {
  return severity == Severity::kError     ? "\033[1;31m"
         : severity == Severity::kWarning ? "\033[1;33m"
                                          : "\033[1;36m";
}

// Tabs become one space and control bytes a dot, so that the caret stands below its text.
std::string printable(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '\t' ? ' ' : (static_cast<unsigned char>(c) < 32 || c == 127) ? '.' : c;
  return out;
}

std::string excerpt(const Span& span, std::string_view text, char mark) {
  const Source& source = *span.source;
  const Line line = line_at(source, span.begin);
  const Position at = position_of(source, span.begin);
  const std::string_view whole(source.text);
  const size_t begin = std::min(span.begin, line.end);
  const size_t end = std::clamp(span.end, begin, line.end);
  const int width = std::max(1, code_points(whole.substr(begin, end - begin)));
  std::string out = fmt::format("  --> {}:{}:{}\n", source.name, at.line, at.column);
  const std::string number = std::to_string(line.number);
  const std::string margin(number.size() + 1, ' ');
  out += fmt::format("{}|\n{} | {}\n", margin, number,
                     printable(whole.substr(line.begin, line.end - line.begin)));
  out += fmt::format("{}| {}{}", margin, std::string(static_cast<size_t>(at.column - 1), ' '),
                     std::string(static_cast<size_t>(width), mark));
  if (!text.empty()) out += fmt::format(" {}", text);
  return out + "\n";
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

}  // namespace

Position position_of(const Source& source, size_t offset) {
  const Line line = line_at(source, offset);
  offset = std::min(offset, source.text.size());
  return {line.number,
          1 + code_points(std::string_view(source.text).substr(line.begin, offset - line.begin))};
}

std::string render(const Diagnostic& d, bool color) {
  const std::string code = d.code.empty() ? "" : fmt::format("[{}]", d.code);
  std::string out = color ? fmt::format("{}{}{}\033[0m\033[1m: {}\033[0m\n", severity_color(d.severity),
                                        severity_name(d.severity), code, d.message)
                          : fmt::format("{}{}: {}\n", severity_name(d.severity), code, d.message);
  if (d.span.source) out += excerpt(d.span, "", '^');
  for (const Label& label : d.labels) {
    if (label.span.source) out += excerpt(label.span, label.text, '-');
  }
  if (!d.help.empty()) out += fmt::format("   = help: {}\n", d.help);
  return out;
}

std::string render(const std::vector<Diagnostic>& diagnostics, bool color) {
  std::string out;
  for (const Diagnostic& d : diagnostics) out += render(d, color);
  return out;
}

InputError::InputError(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(render(diagnostics)), diagnostics_(std::move(diagnostics)) {}

InputError::InputError(std::string code, std::string message, std::string help)
    : InputError(Diagnostic{.code = std::move(code),
                            .severity = Severity::kError,
                            .message = std::move(message),
                            .span = {},
                            .labels = {},
                            .help = std::move(help)}) {}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace ascender
