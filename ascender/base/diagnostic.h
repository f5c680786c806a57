// What a user wrote and we cannot take: one Diagnostic a fault, several reported at once, each with file,
// line, column, caret, what was expected and a suggestion. A fault that stops the work is thrown as
// InputError; exit 2.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ascender {

// A text that spans point into: a file, or a virtual one such as <cli:1>.
struct Source {
  std::string name;
  std::string text;
};

// Bytes [begin, end) of a source; a span without a source points nowhere and prints without a caret.
struct Span {
  std::shared_ptr<const Source> source;
  size_t begin = 0;
  size_t end = 0;
};

struct Position {
  int line = 1;    // from 1
  int column = 1;  // from 1, in UTF-8 code points
};
Position position_of(const Source& source, size_t offset);

enum class Severity { kError, kWarning, kNote };

// A second place that explains the first: "opened here", "the domain was given here".
struct Label {
  Span span;
  std::string text;
};

struct Diagnostic {
  std::string code;  // stable: E0203
  Severity severity = Severity::kError;
  std::string message;
  Span span;
  std::vector<Label> labels;
  std::string help;  // "did you mean `steps`?"; empty: none
};

// The diagnostic as a person reads it, with the line and a caret below the span. `color`: ANSI escapes.
std::string render(const Diagnostic& diagnostic, bool color = false);
std::string render(const std::vector<Diagnostic>& diagnostics, bool color = false);

class InputError : public std::runtime_error {
 public:
  explicit InputError(std::vector<Diagnostic> diagnostics);
  explicit InputError(Diagnostic diagnostic) : InputError(std::vector<Diagnostic>{std::move(diagnostic)}) {}
  // A fault without a place in a text, such as a command-line argument or a data file.
  InputError(std::string code, std::string message, std::string help = "");
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

// The candidate nearest to `word` by edit distance, or "" when none is near enough to be meant.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace ascender
