// summary.json: what a run came to, for scripts; docs/formats.md has its keys. A study's summary.json is the
// table of its runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ascender {

// done: all steps; stopped: by a signal or a limit, to be resumed; diverged: the loss was lost to NaN;
// failed: by an error, which `reason` tells.
enum class RunStatus { kDone, kStopped, kDiverged, kFailed };
const char* name_of(RunStatus status);

struct Summary {
  RunStatus status = RunStatus::kDone;
  int64_t steps = 0;
  double wall_s = 0;
  double flops = 0;
  int64_t peak_bytes = 0;
  std::string weights_sha256 = {};
  std::string reason = {};  // of stopped, diverged, failed; may be empty
  // By flat name (`eval.exact_match.carry.12.loops.4`); doubles are kept to the bit, NaNs without their
  // payload.
  std::map<std::string, double> metrics = {};
  bool operator==(const Summary&) const = default;
};

std::string json_of(const Summary& summary);  // an object
void write_summary(const std::filesystem::path& path, const Summary& summary);
// InputError naming the place when the file is damaged or has other keys; EnvironmentError when it cannot be
// read.
Summary read_summary(const std::filesystem::path& path);

struct StudyRun {
  std::string arm;
  int64_t seed = 0;
  std::string run;  // its folder, relative to the study's
  Summary summary;
  bool operator==(const StudyRun&) const = default;
};

struct Study {
  std::string name;
  std::vector<StudyRun> runs;
  bool operator==(const Study&) const = default;
};

std::string json_of(const Study& study);
void write_study(const std::filesystem::path& path, const Study& study);
Study read_study(const std::filesystem::path& path);
bool is_study(const std::filesystem::path& path);  // a readable summary.json that has runs

}  // namespace ascender
