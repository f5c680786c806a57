#include "ascender/train/checkpoint/folder.h"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>

#include "ascender/base/check.h"
#include "ascender/base/error.h"
#include "ascender/base/file.h"

namespace ascender {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "cp_";
constexpr std::string_view kSuffix = ".ptz";

// The step of "cp_STEP.ptz", or nothing for any other name.
std::optional<int64_t> step_of(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix) ||
      name.size() <= kPrefix.size() + kSuffix.size())
    return {};
  const std::string_view digits = name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
  int64_t step = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size() && step >= 0;
  return is_number ? std::optional(step) : std::nullopt;
}

void remove_file(const fs::path& file) {
  std::error_code failure;
  if (!fs::remove(file, failure) && failure) {
    throw EnvironmentError(fmt::format("unlink {}: {}", file.native(), failure.message()));
  }
}

Diagnostic warning(std::string message) {
  return {.code = "E0931",
          .severity = Severity::kWarning,
          .message = std::move(message),
          .span = {},
          .labels = {},
          .help = {}};
}

}  // namespace

CheckpointFolder::CheckpointFolder(fs::path folder, int64_t keep) : folder_(std::move(folder)), keep_(keep) {
  ASC_CHECK(keep >= 1, "[checkpoint] keep must be at least 1, got {}", keep);
}

fs::path CheckpointFolder::file_of(int64_t step) const {
  return folder_ / fmt::format("{}{}{}", kPrefix, step, kSuffix);
}

std::vector<int64_t> CheckpointFolder::steps() const {
  std::vector<int64_t> found;
  std::error_code failure;
  for (fs::directory_iterator entry(folder_, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const std::optional<int64_t> step = step_of(entry->path().filename().native());
    if (step) found.push_back(*step);
  }
  if (failure) throw EnvironmentError(fmt::format("open {}: {}", folder_.native(), failure.message()));
  std::sort(found.begin(), found.end());
  return found;
}

CheckpointFolder::Saved CheckpointFolder::save(const CheckpointMeta& meta, std::span<const Blob> blobs) {
  if (!is_clean_) remove_leftovers();
  is_clean_ = true;
  const fs::path file = file_of(meta.step);
  verified_.erase(meta.step);
  const size_t bytes = writer_.write(file, meta, blobs);
  std::vector<Diagnostic> warnings;
  if (!is_good(meta.step, &warnings)) {
    throw EnvironmentError(
        fmt::format("write {}: it reads back damaged: {}", file.native(), render(warnings)));
  }
  return {file, bytes};
}

void CheckpointFolder::mark_best(int64_t step) {
  ASC_CHECK(fs::exists(file_of(step)), "[checkpoint] there is none of step {}", step);
  write_file(folder_ / "best", file_of(step).filename().native() + "\n");
}

bool CheckpointFolder::is_good(int64_t step, std::vector<Diagnostic>* warnings) {
  try {
    verify_checkpoint(file_of(step));
    verified_[step] = true;
  } catch (const InputError& error) {
    verified_[step] = false;
    if (warnings != nullptr) warnings->push_back(warning(error.diagnostics().front().message));
  } catch (const EnvironmentError& error) {
    verified_[step] = false;
    if (warnings != nullptr) warnings->push_back(warning(error.what()));
  }
  return verified_[step];
}

void CheckpointFolder::remove_leftovers() const {
  std::vector<fs::path> leftovers;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().native();
    const size_t tmp = name.find(".tmp.");
    if (tmp != std::string::npos && step_of(name.substr(0, tmp))) leftovers.push_back(entry.path());
  }
  for (const fs::path& file : leftovers) remove_file(file);
}

void CheckpointFolder::prune() {
  std::vector<int64_t> all = steps();
  std::reverse(all.begin(), all.end());
  const std::optional<int64_t> best = best_step();
  int64_t kept = 0;
  for (int64_t step : all) {
    if (kept >= keep_) {
      if (step == best) continue;
      remove_file(file_of(step));
      verified_.erase(step);
    } else if (verified_.contains(step) ? verified_[step] : is_good(step, nullptr)) {
      ++kept;
    }
  }
}

std::optional<int64_t> CheckpointFolder::best_step() const {
  std::error_code missing;
  if (!fs::exists(folder_ / "best", missing)) return std::nullopt;
  std::string name = read_file(folder_ / "best");
  if (name.ends_with('\n')) name.pop_back();
  return step_of(name);
}

CheckpointFolder::Found CheckpointFolder::newest() {
  Found found;
  std::vector<int64_t> all = steps();
  for (auto step = all.rbegin(); step != all.rend(); ++step) {
    if (!is_good(*step, &found.warnings)) continue;
    found.file = file_of(*step);
    found.step = *step;
    break;
  }
  return found;
}

CheckpointFolder::Found CheckpointFolder::at(int64_t step) {
  Found found{.file = {}, .step = step, .warnings = {}};
  if (is_good(step, &found.warnings)) found.file = file_of(step);
  return found;
}

CheckpointFolder::Found CheckpointFolder::best() {
  const std::optional<int64_t> step = best_step();
  return step ? at(*step) : Found{};
}

void CheckpointFolder::delete_after(int64_t step) {
  if (best_step() > step) remove_file(folder_ / "best");
  for (int64_t later : steps()) {
    if (later <= step) continue;
    remove_file(file_of(later));
    verified_.erase(later);
  }
}

}  // namespace ascender
