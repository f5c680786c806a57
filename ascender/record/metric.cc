#include "ascender/record/metric.h"

#include <algorithm>

#include "ascender/base/check.h"

namespace ascender {
namespace {

bool made_of(std::string_view text, std::string_view others) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string flatten(const Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels) {
    ASC_CHECK(made_of(key, "_.-+:/") && made_of(value, "_.-+:/"),
              "label {}={} has letters that cannot be stored", key, value);
    if (!text.empty()) text += ',';
    text += key + "=" + value;
  }
  return text;
}

void check_metric_name(std::string_view name) {
  ASC_CHECK(made_of(name, "_.-"), "metric name `{}` must be of letters, digits and _.-", name);
}

}  // namespace ascender
