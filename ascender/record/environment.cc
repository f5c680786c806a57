#include "ascender/record/environment.h"

#include <ctime>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <sqlite3.h>
#include <sys/utsname.h>

#include "ascender/record/checked_json.h"
#include "ascender/record/numerics_version.h"

namespace ascender {
namespace {

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

int usable_cpus() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

}  // namespace

Environment detect_environment() {
  utsname machine{};
  ::uname(&machine);
  Environment found;
  found.started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  found.host = machine.nodename;
  found.system = fmt::format("{} {} {}", machine.sysname, machine.release, machine.machine);
  found.cpu = cpu_name();
  found.cpus = usable_cpus();
  found.numerics_version = kNumericsVersion;
  std::error_code gone;
  found.folder = std::filesystem::current_path(gone).native();
  found.versions = {
      {"compiler", __VERSION__},
      {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"sqlite", sqlite3_libversion()}};
  return found;
}

void write_environment(const std::filesystem::path& path, const Environment& environment) {
  nlohmann::ordered_json out;
  out["started"] = environment.started;
  out["host"] = environment.host;
  out["system"] = environment.system;
  out["cpu"] = environment.cpu;
  out["cpus"] = environment.cpus;
  out["simd_target"] = environment.simd_target;
  out["threads"] = environment.threads;
  out["code_version"] = environment.code_version;
  out["numerics_version"] = environment.numerics_version;
  out["command_line"] = environment.command_line;
  out["folder"] = environment.folder;
  out["versions"] = environment.versions;
  out["inputs"] = environment.inputs;
  write_checked_json(path, out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Environment read_environment(const std::filesystem::path& path) {
  const std::shared_ptr<const Source> source = read_checked_json(path);
  try {
    const nlohmann::json json = nlohmann::json::parse(source->text);
    return {.started = json.at("started"),
            .host = json.at("host"),
            .system = json.at("system"),
            .cpu = json.at("cpu"),
            .cpus = json.at("cpus"),
            .simd_target = json.at("simd_target"),
            .threads = json.at("threads"),
            .code_version = json.at("code_version"),
            .numerics_version = json.at("numerics_version"),
            .command_line = json.at("command_line"),
            .folder = json.at("folder"),
            .versions = json.at("versions"),
            .inputs = json.value("inputs", std::map<std::string, std::string>{})};
  } catch (const nlohmann::json::exception& error) {
    throw_bad_json(source, 0, error.what());
  }
}

}  // namespace ascender
