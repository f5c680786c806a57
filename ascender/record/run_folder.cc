#include "ascender/record/run_folder.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/record/checked_json.h"

namespace ascender {
namespace {

namespace fs = std::filesystem;

// is_running() takes the lock for a moment; one that writes tries for longer than that.
constexpr int kLockTries = 20;
constexpr std::chrono::milliseconds kLockPause{25};
constexpr int kStudyDepth = 4;

void make_folder(const fs::path& path) {
  if (::mkdir(path.c_str(), 0755) != 0) throw_errno("mkdir", path.native());
}

// Folders that a process left beside `path` when it was killed while it made it.
void remove_leftovers(const fs::path& path) {
  const std::string prefix = path.filename().native() + ".tmp.";
  std::error_code failure;
  const fs::path parent = path.has_parent_path() ? path.parent_path() : ".";
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, failure)) {
    const std::string name = entry.path().filename().native();
    if (!name.starts_with(prefix)) continue;
    const int pid = std::atoi(name.c_str() + prefix.size());
    if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), failure);
  }
}

bool is_being_made(const fs::path& path) {
  return path.filename().native().find(".tmp.") != std::string::npos;
}

// Gives a folder its name. One that is there and not empty stays, and the call fails.
void give_name(const fs::path& folder, const fs::path& name) {
  try {
    rename_synced(folder, name);
  } catch (const EnvironmentError&) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    throw;
  }
}

void make_parents(const fs::path& path) {
  const fs::path parent = path.parent_path();
  if (parent.empty() || fs::is_directory(parent)) return;
  make_parents(parent);
  if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) throw_errno("mkdir", parent.native());
}

[[noreturn]] void refuse_existing(const fs::path& path) {
  if (holds_run(path)) {
    throw InputError(
        "E0901", fmt::format("the folder {} holds a run already", path.native()),
        fmt::format("`ascender resume {}` goes on with it; a new run needs a new folder", path.native()));
  }
  throw InputError("E0901", fmt::format("the folder {} exists already", path.native()),
                   "a run is written into a folder that it makes itself");
}

// The path without a trailing slash, whose last part is then the id.
fs::path trimmed(const fs::path& path) {
  return path.has_filename() || !path.has_relative_path() ? path : path.parent_path();
}

bool before(const RunFolder& a, const RunFolder& b) {
  const int64_t at_a = a.created_ns();
  const int64_t at_b = b.created_ns();
  return at_a != at_b ? at_a < at_b : a.path() < b.path();
}

void collect(const fs::path& folder, int depth, std::vector<RunFolder>& found) {
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (!entry->is_directory(failure) || is_being_made(entry->path())) continue;
    if (holds_run(entry->path())) {
      found.push_back(RunFolder::open(entry->path()));
    } else if (depth > 1) {
      collect(entry->path(), depth - 1, found);
    }
  }
}

RunFolder latest_run(const fs::path& root) {
  std::vector<RunFolder> runs = list_runs(root);
  if (runs.empty()) throw InputError("E0902", fmt::format("there is no run under {}", root.native()));
  return std::move(runs.back());
}

// The study under `root` that a run belongs to.
std::optional<fs::path> study_of(const fs::path& run, const fs::path& root) {
  for (fs::path folder = run.parent_path(); folder != root && folder.has_relative_path();
       folder = folder.parent_path()) {
    if (holds_study(folder)) return folder;
  }
  return std::nullopt;
}

[[noreturn]] void refuse_unknown(const fs::path& root, const std::string& text) {
  std::vector<std::string> ids;
  for (const RunFolder& run : list_runs(root)) {
    ids.push_back(fs::relative(run.path(), root).native());
    if (const auto study = study_of(run.path(), root)) ids.push_back(fs::relative(*study, root).native());
  }
  const std::string near = nearest(text, ids);
  throw InputError("E0902", fmt::format("there is no run or study {}", text),
                   near.empty() ? "`ascender runs` lists them" : fmt::format("did you mean `{}`?", near));
}

}  // namespace

RunFolder RunFolder::create(const fs::path& path, const RunStart& start) {
  const fs::path wanted = trimmed(path);
  if (fs::is_directory(wanted)) refuse_existing(wanted);
  make_parents(wanted);
  remove_leftovers(wanted);
  RunFolder run(fmt::format("{}.tmp.{}", wanted.native(), ::getpid()));
  make_folder(run.path_);
  run.lock();
  make_folder(run.checkpoints());
  make_folder(run.samples());
  run.write_config(start.config);
  write_environment(run.environment(), start.environment);
  give_name(run.path_, wanted);
  run.path_ = wanted;
  return run;
}

RunFolder RunFolder::create_in(const fs::path& root, std::string_view name, int64_t seed,
                               const RunStart& start) {
  const std::string id = make_run_id(name, seed, std::time(nullptr));
  for (int copy = 1;; ++copy) {
    const fs::path path = root / (copy == 1 ? id : fmt::format("{}-{}", id, copy));
    if (fs::exists(path)) continue;
    try {
      return create(path, start);
    } catch (const std::runtime_error&) {  // made by another process in between
      if (!fs::exists(path)) throw;
    }
  }
}

RunFolder RunFolder::open(const fs::path& path) {
  if (!holds_run(path)) throw InputError("E0902", fmt::format("{} holds no run", path.native()));
  return RunFolder(trimmed(path));
}

RunFolder RunFolder::resume(const fs::path& path) {
  RunFolder run = open(path);
  if (!fs::exists(run.config())) {
    throw InputError("E0902",
                     fmt::format("the run {} has no config.json, so that it cannot go on", path.native()),
                     never_began(path) ? "it never began: remove the folder and run it anew" : "");
  }
  run.lock();
  return run;
}

void RunFolder::lock() {
  for (int i = 0; i < kLockTries; ++i) {
    lock_ = std::make_unique<FileLock>(path_ / "lock");
    if (lock_->held()) return;
    std::this_thread::sleep_for(kLockPause);
  }
  throw InputError("E0903", fmt::format("the run {} is being written by another process", path_.native()),
                   "wait for it to end, or stop it");
}

void RunFolder::write_config(std::string_view json) const { write_checked_json(config(), json); }

std::string RunFolder::read_config() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(read_checked_json(config())->text);
  json.erase("xxh64");
  return json.dump(2);
}

bool RunFolder::is_running() const {
  if (lock_) return true;
  try {
    const fs::path file = path_ / "lock";
    return fs::exists(file) && !FileLock(file).held();
  } catch (const EnvironmentError&) {  // a folder that we may only read
    return false;
  }
}

int64_t RunFolder::created_ns() const {
  struct stat status {};
  if (::stat(config().c_str(), &status) != 0 && ::stat(path_.c_str(), &status) != 0) return 0;
  return status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
}

std::string make_run_id(std::string_view name, int64_t seed, std::time_t now) {
  std::string clean(name);
  for (char& c : clean) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) c = '-';
  }
  return fmt::format("{:%Y%m%d-%H%M%S}-{}-s{}", fmt::gmtime(now), clean, seed);
}

bool holds_run(const fs::path& path) {
  std::error_code missing;
  return std::ranges::any_of(std::array{"config.json", "trace.db", "checkpoints"},
                             [&](const char* part) { return fs::exists(path / part, missing); });
}

bool never_began(const fs::path& path) {
  return holds_run(path) && !fs::exists(path / "config.json") && !fs::exists(path / "trace.db");
}

std::vector<RunFolder> list_runs(const fs::path& root) {
  std::vector<RunFolder> found;
  collect(root, kStudyDepth, found);
  std::sort(found.begin(), found.end(), before);
  return found;
}

bool holds_study(const fs::path& path) {
  std::error_code missing;
  return fs::exists(path / "plan.json", missing);
}

fs::path find_recorded(const fs::path& root, const std::string& text) {
  if (text == "latest") {
    const fs::path run = latest_run(root).path();
    return study_of(run, root).value_or(run);
  }
  for (const fs::path& path : {fs::path(text), root / text}) {
    if (holds_run(path) || holds_study(path)) return trimmed(path);
  }
  refuse_unknown(root, text);
}

RunFolder find_run(const fs::path& root, const std::string& text) {
  if (text == "latest") return latest_run(root);
  const fs::path path = find_recorded(root, text);
  if (holds_run(path)) return RunFolder::open(path);
  const std::vector<RunFolder> runs = list_runs(path);
  throw InputError("E0914", fmt::format("{} is a study of {} runs", text, runs.size()),
                   runs.empty() ? "" : fmt::format("name one of them: `{}`", runs.front().path().native()));
}

}  // namespace ascender
