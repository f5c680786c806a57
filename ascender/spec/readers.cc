#include "ascender/spec/readers.h"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>

namespace ascender::spec {
namespace {

// Of the strongest layer that gives or varies a setting; -1: none does.
int strength_of(const std::string& path, const Model& model) {
  int layer = -1;
  if (const auto found = model.by_path.find(path); found != model.by_path.end()) {
    for (size_t i : found->second) layer = std::max(layer, model.definitions[i].layer);
  }
  for (const Variation& v : model.variations) {
    if (v.field->path == path) layer = std::max(layer, v.layer);
  }
  return strength(model, layer);
}

const std::string& word_of(const Resolver::Setting& choice) { return std::get<std::string>(choice.value); }

}  // namespace

const Reader* unmet_reader(const Field& field, const Names& names, Resolver& resolver) {
  for (const Reader& reader : field.readers) {
    const auto choice = resolver.setting(*names.exactly(reader.path));
    if (choice && std::ranges::find(reader.values, word_of(*choice)) == reader.values.end()) return &reader;
  }
  return nullptr;
}

std::optional<Diagnostic> not_read(const Field& field, const Span& given, const Reader& reader,
                                   const Model& model, const Names& names, Resolver& resolver) {
  if (strength_of(field.path, model) < strength_of(reader.path, model)) return std::nullopt;
  const auto choice = resolver.setting(*names.exactly(reader.path));
  Diagnostic d{
      .code = "E0514",
      .severity = Severity::kError,
      .message = fmt::format("`{}` is not read where `{}` is {}", field.path, reader.path, word_of(*choice)),
      .span = given,
      .labels = {},
      .help = fmt::format("it is read where `{}` is {}", reader.path, fmt::join(reader.values, " or "))};
  if (choice->span.source) d.labels.push_back({choice->span, "chosen here"});
  return d;
}

std::optional<Diagnostic> contradicts(const Assignment& given, const Assignment& choice, const Preset& preset,
                                      const Model& model, const Names& names) {
  if (given.value == preset.value) return std::nullopt;
  if (strength_of(given.path, model) < strength_of(choice.path, model)) return std::nullopt;
  const Field& field = *names.exactly(given.path);
  return Diagnostic{
      .code = "E0515",
      .severity = Severity::kError,
      .message = fmt::format("`{}` = {} means `{}` = {}, not {}", choice.path, preset.word, given.path,
                             to_source(preset.value, field), to_source(given.value, field)),
      .span = given.span,
      .labels = {{choice.span, "chosen here"}},
      .help = "leave one of them out"};
}

}  // namespace ascender::spec
