#include "ascender/spec/names.h"

#include <algorithm>
#include <fmt/core.h>

#include "ascender/spec/report.h"

namespace ascender::spec {

Names::Names(const Schema& schema) : schema_(schema) {
  for (const auto& [path, field] : schema.fields()) {
    for (size_t at = path.find('.'); at != std::string::npos; at = path.find('.', at + 1)) {
      by_suffix_[path.substr(at + 1)].push_back(&field);
    }
  }
}

std::vector<const Field*> Names::find(std::string_view name) const {
  if (const Field* field = schema_.find(name)) return {field};
  const auto it = by_suffix_.find(name);
  return it == by_suffix_.end() ? std::vector<const Field*>{} : it->second;
}

bool Names::is_group(std::string_view prefix) const {
  const std::string begin = fmt::format("{}.", prefix);
  const auto it = schema_.fields().lower_bound(begin);
  return it != schema_.fields().end() && it->first.starts_with(begin);
}

// Full paths first, then the suffixes with as many parts as the word has, each standing for its full path.
std::string Names::suggest(std::string_view name) const {
  constexpr size_t kShortestName = 3;
  constexpr size_t kLongestName = 80;
  if (name.size() < kShortestName || name.size() > kLongestName) return "";
  std::vector<std::string> paths;
  for (const auto& [path, field] : schema_.fields()) paths.push_back(path);
  std::string best = nearest(name, paths);
  if (best.empty()) {
    std::vector<std::string> suffixes;
    for (const auto& [suffix, fields] : by_suffix_) {
      if (std::ranges::count(suffix, '.') == std::ranges::count(name, '.')) suffixes.push_back(suffix);
    }
    best = nearest(name, suffixes);
    if (!best.empty()) best = by_suffix_.at(best).front()->path;
  }
  return best.empty() ? "" : fmt::format("did you mean `{}`?", best);
}

}  // namespace ascender::spec
