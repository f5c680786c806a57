// Collects the faults of one reading: each once, at most kMost errors, warnings apart.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "ascender/base/diagnostic.h"

namespace ascender::spec {

class Report {
 public:
  static constexpr size_t kMost = 100;

  void error(std::string code, std::string message, Span span, std::string help = "",
             std::vector<Label> labels = {});
  void warning(std::string code, std::string message, Span span, std::string help = "");
  // One with the same code at the same place as one before is dropped.
  void add(Diagnostic diagnostic);

  // True when no further error is taken; a reader may stop.
  bool full() const { return errors_.size() > kMost; }
  bool empty() const { return errors_.empty(); }
  std::vector<Diagnostic> take_errors();  // source by source, each from top to bottom
  std::vector<Diagnostic> take_warnings() { return std::move(warnings_); }

 private:
  std::set<std::tuple<std::string, const Source*, size_t, size_t>> seen_;
  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> warnings_;
};

// nearest() of base as a help text, "did you mean `x`?", or "". Words longer than any name are not compared.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace ascender::spec
