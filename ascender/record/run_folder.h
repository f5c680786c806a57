// A run's folder:
//   config.json       the resolved configuration          checkpoints/   cp_STEP.ptz
//   environment.json  where and with what it ran          samples/       text that it generated
//   trace.db          what it logged                      summary.json   what it came to; absent while it
//   runs lock              held by the process that writes
// Runs live under a root, `runs/`, as runs/<id>, or runs/<id>/<arm>/seed-<n> when they belong to a study.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ascender/base/file.h"
#include "ascender/record/environment.h"

namespace ascender {

// What a run has from its first moment: its configuration as a flat JSON object, and where it runs.
struct RunStart {
  std::string config = "{}";
  Environment environment = {};
};

class RunFolder {
 public:
  // Makes the folder with its parents, parts and start, and holds its lock. It appears whole: it is made
  // beside, as PATH.tmp.PID, and renamed. InputError E0901 when it exists already; EnvironmentError when it
  // cannot be made (no permission, a file in the way, full disk).
  static RunFolder create(const std::filesystem::path& path, const RunStart& start = {});
  // create() of root/<id>, with the first id that is free.
  static RunFolder create_in(const std::filesystem::path& root, std::string_view name, int64_t seed,
                             const RunStart& start = {});
  // To read. InputError E0902 when there is no run.
  static RunFolder open(const std::filesystem::path& path);
  // To go on writing: open() and the lock. InputError E0902 when the run has no configuration, E0903 when
  // another process holds the lock.
  static RunFolder resume(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::string id() const { return path_.filename().native(); }
  std::filesystem::path config() const { return path_ / "config.json"; }
  std::filesystem::path environment() const { return path_ / "environment.json"; }
  std::filesystem::path trace() const { return path_ / "trace.db"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path samples() const { return path_ / "samples"; }
  std::filesystem::path summary() const { return path_ / "summary.json"; }

  // The configuration as a flat JSON object; on disk a checksum is added, and it is gone again from what is
  // read.
  void write_config(std::string_view json) const;
  std::string read_config() const;  // InputError when damaged

  bool is_running() const;     // some process holds the lock
  int64_t created_ns() const;  // Unix time of config.json, or of the folder

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  void lock();

  std::filesystem::path path_;
  std::unique_ptr<FileLock> lock_;
};

// "20261121-054501-addition-s1": UTC, so that ids sort by time. What is no letter, digit or _ in `name`
// becomes -.
std::string make_run_id(std::string_view name, int64_t seed, std::time_t now);

bool holds_run(const std::filesystem::path& path);
bool holds_study(const std::filesystem::path& path);
// A run's folder in which nothing was ever trained: it has neither a configuration nor a trace.
bool never_began(const std::filesystem::path& path);

// All runs under a root, oldest first, damaged ones too; none when the root does not exist.
std::vector<RunFolder> list_runs(const std::filesystem::path& root);

// The folder of a run or a study as a user writes it: a path, an id under the root, or `latest`, where a
// study stands for its runs. InputError E0902 with the nearest id.
std::filesystem::path find_recorded(const std::filesystem::path& root, const std::string& text);

// The same where a single run is needed: `latest` is one, also of a study; E0914 when `text` names a study.
RunFolder find_run(const std::filesystem::path& root, const std::string& text);

}  // namespace ascender
