#include "ascender/spec/report.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>

namespace ascender::spec {

void Report::error(std::string code, std::string message, Span span, std::string help,
                   std::vector<Label> labels) {
  add({.code = std::move(code),
       .severity = Severity::kError,
       .message = std::move(message),
       .span = std::move(span),
       .labels = std::move(labels),
       .help = std::move(help)});
}

void Report::warning(std::string code, std::string message, Span span, std::string help) {
  add({.code = std::move(code),
       .severity = Severity::kWarning,
       .message = std::move(message),
       .span = std::move(span),
       .labels = {},
       .help = std::move(help)});
}

void Report::add(Diagnostic diagnostic) {
  if (full()) return;
  const Span& at = diagnostic.span;
  const bool fresh = !at.source || seen_.emplace(diagnostic.code, at.source.get(), at.begin, at.end).second;
  if (!fresh) return;
  if (diagnostic.severity == Severity::kWarning) {
    if (warnings_.size() < kMost) warnings_.push_back(std::move(diagnostic));
    return;
  }
  if (errors_.size() == kMost) {
    diagnostic = {.code = "E0210",
                  .severity = Severity::kError,
                  .message = fmt::format("more than {} errors; the rest is not shown", kMost),
                  .span = {},
                  .labels = {},
                  .help = ""};
  }
  errors_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Report::take_errors() {
  std::map<const Source*, size_t> order = {{nullptr, 0}};
  for (const Diagnostic& d : errors_) order.emplace(d.span.source.get(), order.size());
  const auto last = full() ? errors_.end() - 1 : errors_.end();
  std::stable_sort(errors_.begin(), last, [&](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(order[a.span.source.get()], a.span.begin) <
           std::pair(order[b.span.source.get()], b.span.begin);
  });
  return std::move(errors_);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr size_t kLongestName = 80;
  if (word.size() > kLongestName) return "";
  const std::string best = nearest(word, candidates);
  return best.empty() ? "" : fmt::format("did you mean `{}`?", best);
}

}  // namespace ascender::spec
