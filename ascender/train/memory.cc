#include "ascender/train/memory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace ascender {
namespace {

namespace fs = std::filesystem;

// The number behind `key` in a file of "key number" lines; with an empty key, the file's only number.
std::optional<double> number_in(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  double number = 0;
  if (key.empty()) return file >> number ? std::optional(number) : std::nullopt;
  while (file >> word) {
    if (word == key && file >> number) return number;
  }
  return std::nullopt;
}

// What a control group (version 2) leaves, or nothing where it sets no limit. Clean file pages give way.
std::optional<double> left_in_group(const fs::path& group) {
  const std::optional<double> limit = number_in(group / "memory.max", "");
  const std::optional<double> used = number_in(group / "memory.current", "");
  if (!limit || !used) return std::nullopt;
  return *limit - *used + number_in(group / "memory.stat", "inactive_file").value_or(0);
}

fs::path own_group() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/")) return line.substr(4);
  }
  return {};
}

}  // namespace

double available_memory_bytes() {
  constexpr double kKiB = 1024;
  double bytes =
      kKiB * number_in("/proc/meminfo", "MemAvailable:").value_or(std::numeric_limits<double>::infinity());
  const fs::path root = "/sys/fs/cgroup";
  for (fs::path group = own_group();; group = group.parent_path()) {
    bytes = std::min(bytes, left_in_group(root / group).value_or(bytes));
    if (group.empty()) return std::max(bytes, 0.0);
  }
}

}  // namespace ascender
