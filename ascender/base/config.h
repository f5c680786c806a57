// The configuration: dotted paths to typed values, and the schema that says which paths exist. Whoever owns a
// setting describes it once, beside the code that reads it (`describe`); the language checks files against
// the schema, and a run stores the resolved configuration.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ascender {

enum class ValueType { kBool, kInt, kFloat, kString, kEnum, kPath, kIntList, kStringList };

// Units that a setting may demand. A plain number is accepted where a unit is asked and the number is whole
// in it.
enum class Unit { kNone, kSteps, kExamples, kTokens, kBytes, kSeconds, kFraction };

const char* name_of(ValueType type);
const char* name_of(Unit unit);

// kEnum and kPath are held as strings; sizes in bytes, times in seconds, percents as fractions.
using Value =
    std::variant<bool, int64_t, double, std::string, std::vector<int64_t>, std::vector<std::string>>;
std::string to_text(const Value& value);

// A setting is read only where the choice `path` has one of `values`.
struct Reader {
  std::string path;
  std::vector<std::string> values;
};

// One word of a choice stands for values of other settings: `model.size = gpt2` for `model.d = 768`, ...
struct Preset {
  std::string word;
  std::string path;
  Value value;
};

struct Field {
  std::string path;  // "optimizer.lr"
  ValueType type = ValueType::kInt;
  Value fallback;    // the default
  std::string text;  // what it does, one sentence
  Unit unit = Unit::kNone;
  double minimum = -1e300;  // of kInt, kFloat and each element of kIntList, inclusive
  double maximum = 1e300;
  std::vector<std::string> choices{};  // of kEnum
  std::vector<Preset> presets{};       // of kEnum
  std::vector<Reader> readers{};       // all must hold; none: always read
};

class Schema {
 public:
  struct Range {
    double low, high = 1e300;  // inclusive
  };

  void add(Field field);  // REQUIRES: the path is new

  // A setting of each type, as Config reads it; `help` says in one sentence what it does.
  void boolean(std::string path, bool fallback, std::string help);
  void integer(std::string path, int64_t fallback, Range range, std::string help, Unit unit = Unit::kNone);
  void real(std::string path, double fallback, Range range, std::string help, Unit unit = Unit::kNone);
  void text(std::string path, std::string fallback, std::string help);
  void choice(std::string path, std::string fallback, std::vector<std::string> choices, std::string help);
  void path(std::string path, std::string fallback, std::string help);
  void integers(std::string path, std::vector<int64_t> fallback, Range range, std::string help);

  // What `describe` adds is read only where the choice `path` has one of `values`. Calls nest.
  template <class Describe>
  void where(std::string path, std::vector<std::string> values, const Describe& describe) {
    readers_.push_back({std::move(path), std::move(values)});
    describe(*this);
    readers_.pop_back();
  }
  void presets(std::string_view path, std::vector<Preset> presets);  // REQUIRES: path is there, a choice

  const Field* find(std::string_view path) const;
  const std::map<std::string, Field, std::less<>>& fields() const { return fields_; }
  // Why `value` is not allowed for `field` ("must be one of ...", "must be at least 1"), or nothing.
  static std::optional<std::string> refuse(const Field& field, const Value& value);

 private:
  std::map<std::string, Field, std::less<>> fields_;
  std::vector<Reader> readers_;  // of what is being added
};

// Values for every path of a schema. Reading a path that the schema lacks, or as another type, is a bug.
class Config {
 public:
  Config() = default;
  explicit Config(const Schema& schema);  // every default

  void set(std::string_view path, Value value);  // REQUIRES: the path exists
  bool has(std::string_view path) const { return values_.contains(path); }
  const Value& at(std::string_view path) const;

  bool boolean(std::string_view path) const;
  int64_t integer(std::string_view path) const;
  int int32(std::string_view path) const;
  double real(std::string_view path) const;  // also of a kInt
  const std::string& text(std::string_view path) const;
  const std::vector<int64_t>& integers(std::string_view path) const;
  const std::vector<std::string>& texts(std::string_view path) const;

  const std::map<std::string, Value, std::less<>>& values() const { return values_; }
  std::string to_json() const;  // flat object, keys sorted, numbers in shortest exact form
  // What the object lacks keeps its default. InputError on anything foreign.
  static Config from_json(const Schema& schema, std::string_view json);
  // "path = value" of every setting that the object lacks.
  std::vector<std::string> absent_from(std::string_view json) const;

 private:
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace ascender
