#include "ascender/base/config.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

using Json = nlohmann::json;

template <class T>
const T& get(const Value& value, std::string_view path) {
  const T* held = std::get_if<T>(&value);
  ASC_CHECK(held != nullptr, "setting {} is read as another type than it holds: {}", path, to_text(value));
  return *held;
}

// A value of `field` from JSON, or nothing when the type is another.
std::optional<Value> from(const Field& field, const Json& json) {
  switch (field.type) {
    case ValueType::kBool:
      return json.is_boolean() ? std::optional<Value>(json.get<bool>()) : std::nullopt;
    case ValueType::kInt:
      return json.is_number_integer() ? std::optional<Value>(json.get<int64_t>()) : std::nullopt;
    case ValueType::kFloat:
      return json.is_number() ? std::optional<Value>(json.get<double>()) : std::nullopt;
    case ValueType::kString:
    case ValueType::kEnum:
    case ValueType::kPath:
      return json.is_string() ? std::optional<Value>(json.get<std::string>()) : std::nullopt;
    case ValueType::kIntList: {
      if (!json.is_array() || !std::ranges::all_of(json, [](const Json& j) { return j.is_number_integer(); }))
        return {};
      return json.get<std::vector<int64_t>>();
    }
    case ValueType::kStringList: {
      if (!json.is_array() || !std::ranges::all_of(json, [](const Json& j) { return j.is_string(); }))
        return {};
      return json.get<std::vector<std::string>>();
    }
  }
  return std::nullopt;
}

std::optional<std::string> refuse_number(const Field& field, double x) {
  if (std::isnan(x)) return "must be a number";
  if (x < field.minimum) return fmt::format("must be at least {}", field.minimum);
  if (x > field.maximum) return fmt::format("must be at most {}", field.maximum);
  return std::nullopt;
}

}  // namespace

const char* name_of(ValueType type) {
  static constexpr const char* kNames[] = {"boolean", "integer", "number",           "string",
                                           "choice",  "path",    "list of integers", "list of strings"};
  return kNames[static_cast<size_t>(type)];
}

const char* name_of(Unit unit) {
  static constexpr const char* kNames[] = {"no unit", "steps", "ex", "tok", "bytes", "seconds", "%"};
  return kNames[static_cast<size_t>(unit)];
}

std::string to_text(const Value& value) {
  struct Print {
    std::string operator()(bool x) const { return x ? "true" : "false"; }
    std::string operator()(int64_t x) const { return std::to_string(x); }
    std::string operator()(double x) const { return fmt::format("{}", x); }
    std::string operator()(const std::string& x) const { return x; }
    std::string operator()(const std::vector<int64_t>& x) const {
      return fmt::format("{{{}}}", fmt::join(x, ", "));
    }
    std::string operator()(const std::vector<std::string>& x) const {
      return fmt::format("{{{}}}", fmt::join(x, ", "));
    }
  };
  return std::visit(Print{}, value);
}

void Schema::add(Field field) {
  const std::string path = field.path;
  field.readers = readers_;
  const bool fresh = fields_.emplace(path, std::move(field)).second;
  ASC_CHECK(fresh, "setting {} is described twice", path);
}

void Schema::boolean(std::string path, bool fallback, std::string help) {
  add({std::move(path), ValueType::kBool, fallback, std::move(help)});
}
void Schema::integer(std::string path, int64_t fallback, Range range, std::string help, Unit unit) {
  add({std::move(path), ValueType::kInt, fallback, std::move(help), unit, range.low, range.high});
}
void Schema::real(std::string path, double fallback, Range range, std::string help, Unit unit) {
  add({std::move(path), ValueType::kFloat, fallback, std::move(help), unit, range.low, range.high});
}
void Schema::text(std::string path, std::string fallback, std::string help) {
  add({std::move(path), ValueType::kString, std::move(fallback), std::move(help)});
}
void Schema::choice(std::string path, std::string fallback, std::vector<std::string> choices,
                    std::string help) {
  add({.path = std::move(path),
       .type = ValueType::kEnum,
       .fallback = std::move(fallback),
       .text = std::move(help),
       .choices = std::move(choices)});
}
void Schema::path(std::string path, std::string fallback, std::string help) {
  add({std::move(path), ValueType::kPath, std::move(fallback), std::move(help)});
}
void Schema::integers(std::string path, std::vector<int64_t> fallback, Range range, std::string help) {
  add({std::move(path), ValueType::kIntList, std::move(fallback), std::move(help), Unit::kNone, range.low,
       range.high});
}

void Schema::presets(std::string_view path, std::vector<Preset> presets) {
  const auto it = fields_.find(path);
  ASC_CHECK(it != fields_.end() && it->second.type == ValueType::kEnum, "{} is no choice", path);
  it->second.presets = std::move(presets);
}

const Field* Schema::find(std::string_view path) const {
  const auto it = fields_.find(path);
  return it == fields_.end() ? nullptr : &it->second;
}

std::optional<std::string> Schema::refuse(const Field& field, const Value& value) {
  if (const auto* x = std::get_if<int64_t>(&value)) return refuse_number(field, static_cast<double>(*x));
  if (const auto* x = std::get_if<double>(&value)) return refuse_number(field, *x);
  if (const auto* list = std::get_if<std::vector<int64_t>>(&value)) {
    for (int64_t x : *list) {
      if (auto why = refuse_number(field, static_cast<double>(x))) return why;
    }
  }
  if (field.type == ValueType::kEnum) {
    const std::string& word = std::get<std::string>(value);
    if (std::ranges::find(field.choices, word) == field.choices.end()) {
      return fmt::format("must be one of {}", fmt::join(field.choices, ", "));
    }
  }
  return std::nullopt;
}

Config::Config(const Schema& schema) {
  for (const auto& [path, field] : schema.fields()) values_[path] = field.fallback;
}

void Config::set(std::string_view path, Value value) {
  const auto it = values_.find(path);
  ASC_CHECK(it != values_.end(), "no setting {}", path);
  it->second = std::move(value);
}

const Value& Config::at(std::string_view path) const {
  const auto it = values_.find(path);
  ASC_CHECK(it != values_.end(), "no setting {}", path);
  return it->second;
}

bool Config::boolean(std::string_view path) const { return get<bool>(at(path), path); }
int64_t Config::integer(std::string_view path) const { return get<int64_t>(at(path), path); }
const std::string& Config::text(std::string_view path) const { return get<std::string>(at(path), path); }
const std::vector<int64_t>& Config::integers(std::string_view path) const {
  return get<std::vector<int64_t>>(at(path), path);
}
const std::vector<std::string>& Config::texts(std::string_view path) const {
  return get<std::vector<std::string>>(at(path), path);
}

int Config::int32(std::string_view path) const {
  const int64_t x = integer(path);
  ASC_CHECK(x >= std::numeric_limits<int>::min() && x <= std::numeric_limits<int>::max(), "{} = {}", path, x);
  return static_cast<int>(x);
}

double Config::real(std::string_view path) const {
  const Value& value = at(path);
  if (const auto* x = std::get_if<int64_t>(&value)) return static_cast<double>(*x);
  return get<double>(value, path);
}

std::string Config::to_json() const {
  Json json = Json::object();
  for (const auto& [path, value] : values_) {
    std::visit([&, &key = path](const auto& x) { json[key] = x; }, value);
  }
  return json.dump(2) + "\n";
}

Config Config::from_json(const Schema& schema, std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw InputError("E0801", "the stored configuration is not a JSON object");
  Config config(schema);
  std::vector<Diagnostic> faults;
  const auto fault = [&](std::string message) {
    faults.push_back({.code = "E0802",
                      .severity = Severity::kError,
                      .message = std::move(message),
                      .span = {},
                      .labels = {},
                      .help = ""});
  };
  for (const auto& [path, value] : json.items()) {
    const Field* field = schema.find(path);
    if (field == nullptr) {
      fault(fmt::format("the stored configuration has an unknown setting `{}`", path));
      continue;
    }
    std::optional<Value> held = from(*field, value);
    if (!held) {
      fault(fmt::format("`{}` must be a {}", path, name_of(field->type)));
    } else if (auto why = Schema::refuse(*field, *held)) {
      fault(fmt::format("`{}` {}", path, *why));
    } else {
      config.set(path, std::move(*held));
    }
  }
  if (!faults.empty()) throw InputError(std::move(faults));
  return config;
}

std::vector<std::string> Config::absent_from(std::string_view text) const {
  const Json json = Json::parse(text, nullptr, false);
  std::vector<std::string> out;
  for (const auto& [path, value] : values_) {
    if (!json.contains(path)) out.push_back(fmt::format("{} = {}", path, to_text(value)));
  }
  return out;
}

}  // namespace ascender
