#include "ascender/record/summary.h"

#include <array>
#include <cmath>
#include <fmt/core.h>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "ascender/record/checked_json.h"

namespace ascender {
namespace {

using Json = nlohmann::json;
using Ordered = nlohmann::ordered_json;

constexpr std::array kStatuses{RunStatus::kDone, RunStatus::kStopped, RunStatus::kDiverged,
                               RunStatus::kFailed};

// JSON has no NaN and no infinity; they are strings.
Ordered number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

Ordered numbers(const std::map<std::string, double>& values) {
  Ordered out = Ordered::object();
  for (const auto& [name, value] : values) out[name] = number(value);
  return out;
}

// Reads members and says which one is wrong.
class Reader {
 public:
  Reader(const std::shared_ptr<const Source>& source, const Json& json) : source_(source), json_(json) {}

  int64_t integer(const char* key) const {
    return member(key, &Json::is_number_integer, "an integer").get<int64_t>();
  }
  std::string text(const char* key) const {
    return member(key, &Json::is_string, "a string").get<std::string>();
  }
  const Json& list(const char* key) const { return member(key, &Json::is_array, "a list"); }
  double real(const char* key) const { return as_real(key, at(key)); }

  RunStatus status() const {
    const std::string name = text("status");
    for (RunStatus status : kStatuses) {
      if (name == name_of(status)) return status;
    }
    bad("status", "done, stopped, diverged or failed");
  }

  std::map<std::string, double> metrics() const {
    std::map<std::string, double> out;
    for (const auto& [name, value] : member("metrics", &Json::is_object, "an object").items()) {
      out[name] = as_real(name, value);
    }
    return out;
  }

 private:
  [[noreturn]] void bad(std::string_view key, std::string_view what) const {
    const size_t place = source_->text.find(fmt::format("\"{}\"", key));
    throw_bad_json(source_, place == std::string::npos ? 0 : place,
                   fmt::format("`{}` must be {}", key, what));
  }

  const Json& at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) throw_bad_json(source_, 0, fmt::format("`{}` is missing", key));
    return *found;
  }

  const Json& member(const char* key, bool (Json::*is)() const noexcept, const char* what) const {
    const Json& value = at(key);
    if (!std::invoke(is, value)) bad(key, what);
    return value;
  }

  double as_real(std::string_view key, const Json& value) const {
    if (value.is_number()) return value.get<double>();
    if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (value == "inf") return std::numeric_limits<double>::infinity();
    if (value == "-inf") return -std::numeric_limits<double>::infinity();
    bad(key, "a number");
  }

  const std::shared_ptr<const Source>& source_;
  const Json& json_;
};

Ordered to_json(const Summary& summary) {
  Ordered out;
  out["status"] = name_of(summary.status);
  out["steps"] = summary.steps;
  out["wall_s"] = number(summary.wall_s);
  out["flops"] = number(summary.flops);
  out["peak_bytes"] = summary.peak_bytes;
  out["weights_sha256"] = summary.weights_sha256;
  out["reason"] = summary.reason;
  out["metrics"] = numbers(summary.metrics);
  return out;
}

Summary summary_of(const Reader& reader) {
  return {.status = reader.status(),
          .steps = reader.integer("steps"),
          .wall_s = reader.real("wall_s"),
          .flops = reader.real("flops"),
          .peak_bytes = reader.integer("peak_bytes"),
          .weights_sha256 = reader.text("weights_sha256"),
          .reason = reader.text("reason"),
          .metrics = reader.metrics()};
}

}  // namespace

const char* name_of(RunStatus status) {
  static constexpr const char* kNames[] = {"done", "stopped", "diverged", "failed"};
  return kNames[static_cast<size_t>(status)];
}

std::string json_of(const Summary& summary) { return to_json(summary).dump(); }

void write_summary(const std::filesystem::path& path, const Summary& summary) {
  write_checked_json(path, json_of(summary));
}

Summary read_summary(const std::filesystem::path& path) {
  const std::shared_ptr<const Source> source = read_checked_json(path);
  const Json json = Json::parse(source->text);
  return summary_of(Reader(source, json));
}

std::string json_of(const Study& study) {
  Ordered out;
  out["study"] = study.name;
  out["runs"] = Ordered::array();
  for (const StudyRun& run : study.runs) {
    Ordered row;
    row["arm"] = run.arm;
    row["seed"] = run.seed;
    row["run"] = run.run;
    row.update(to_json(run.summary));
    out["runs"].push_back(std::move(row));
  }
  return out.dump();
}

void write_study(const std::filesystem::path& path, const Study& study) {
  write_checked_json(path, json_of(study));
}

Study read_study(const std::filesystem::path& path) {
  const std::shared_ptr<const Source> source = read_checked_json(path);
  const Json json = Json::parse(source->text);
  const Reader reader(source, json);
  Study study{reader.text("study"), {}};
  for (const Json& row : reader.list("runs")) {
    if (!row.is_object()) throw_bad_json(source, 0, "a run is not an object");
    // what older tables lack
    Json whole = {{"flops", 0}, {"peak_bytes", 0}, {"weights_sha256", ""}, {"reason", ""}};
    whole.update(row);
    const Reader of_run(source, whole);
    study.runs.push_back(
        {of_run.text("arm"), of_run.integer("seed"), of_run.text("run"), summary_of(of_run)});
  }
  return study;
}

bool is_study(const std::filesystem::path& path) {
  try {
    const Json json = Json::parse(read_checked_json(path)->text);
    return json.contains("study") && json.contains("runs");
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace ascender
