#include "ascender/tile/machine.h"

#include <cstdlib>
#include <fmt/core.h>
#include <fstream>

#include "ascender/tile/target.h"

namespace ascender {
namespace {

std::string setting(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

// The value of the first line of /proc/cpuinfo that begins with `name`, or "?".
std::string cpu_line(const std::string& name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (colon != std::string::npos && line.compare(0, name.size(), name) == 0) return line.substr(colon + 2);
  }
  return "?";
}

}  // namespace

std::string machine_name() {
  return fmt::format("{} family {} model {} {}", cpu_line("model name"), cpu_line("cpu family"),
                     cpu_line("model\t"), name_of(simd_target()));
}

std::string cache_file(const char* variable, const std::string& name) {
  if (const std::string path = setting(variable); !path.empty()) return path;
  if (const std::string cache = setting("XDG_CACHE_HOME"); !cache.empty()) return cache + "/ascender/" + name;
  const std::string home = setting("HOME");
  return (home.empty() ? ".cache/ascender/" : home + "/.cache/ascender/") + name;
}

}  // namespace ascender
