#include "ascender/report/settings.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <map>
#include <vector>

#include "ascender/report/table.h"

namespace ascender {
namespace {

constexpr double kBoundless = 1e12;  // as good as no limit

constexpr const char* kPageHead = R"(# Settings

Every setting that an experiment file or an override may give. `ascender settings [PREFIX]` prints them, `ascender settings
--page` writes this page. What is read only where another setting has a certain value is refused elsewhere
(docs/language.md).
)";

std::string group_of(const Field& field) {
  const size_t dot = field.path.find('.');
  return dot == std::string::npos ? "The run" : field.path.substr(0, dot);
}

std::string range_of(const Field& field) {
  const bool low = field.minimum > -kBoundless, high = field.maximum < kBoundless;
  if (low && high) return fmt::format(" {} to {}", field.minimum, field.maximum);
  return low ? fmt::format(" from {}", field.minimum) : high ? fmt::format(" to {}", field.maximum) : "";
}

// "integer from 1, tok", "number 0 to 1, %", "one of gpt, looplm"
std::string type_of(const Field& field) {
  if (field.type == ValueType::kEnum) return fmt::format("one of {}", fmt::join(field.choices, ", "));
  const std::string type = fmt::format("{}{}", name_of(field.type), range_of(field));
  return field.unit == Unit::kNone ? type : fmt::format("{}, {}", type, name_of(field.unit));
}

std::string fallback_of(const Field& field) {
  const std::string text = to_text(field.fallback);
  return text.empty() ? "\"\"" : text;
}

std::string readers_of(const Field& field) {
  std::vector<std::string> out;
  for (const Reader& r : field.readers)
    out.push_back(fmt::format("{} = {}", r.path, fmt::join(r.values, " or ")));
  return fmt::format("{}", fmt::join(out, ", "));
}

bool is_in(const Field& field, const std::string& prefix) {
  return prefix.empty() || field.path == prefix || field.path.starts_with(prefix + ".");
}

}  // namespace

std::string settings_text(const Schema& schema, const std::string& prefix, TextStyle style) {
  std::string out;
  for (const auto& [path, field] : schema.fields()) {
    if (!is_in(field, prefix)) continue;
    out += cut(fmt::format("{} = {}  ({})", path, fallback_of(field), type_of(field)), style.width) + "\n";
    out += fmt::format("    {}\n", field.text);
    if (!field.readers.empty()) out += fmt::format("    Read where {}.\n", readers_of(field));
  }
  return out;
}

std::string settings_page(const Schema& schema) {
  std::string out = kPageHead;
  std::map<std::string, std::string> rows;
  for (const auto& [path, field] : schema.fields()) {
    rows[group_of(field)] += fmt::format("| `{}` | `{}` | {} | {} | {} |\n", path, fallback_of(field),
                                         type_of(field), field.text, readers_of(field));
  }
  for (const auto& [group, text] : rows) {
    out += fmt::format(
        "\n## {}\n| setting | default | values | what it does | read where |\n|---|---|---|---|---|\n{}",
        group, text);
  }
  return out;
}

}  // namespace ascender
