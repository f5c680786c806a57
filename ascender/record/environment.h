// environment.json: where and with what a run ran. Nothing in it changes a run's numbers but the SIMD target
// and the numerics version.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ascender {

struct Environment {
  std::string started;  // UTC, 2026-11-21T05:45:01Z
  std::string host;
  std::string system;  // kernel and machine
  std::string cpu;
  int cpus = 0;  // that this process may use
  std::string simd_target;
  int threads = 0;
  std::string code_version;
  int numerics_version = 0;
  std::vector<std::string> command_line;
  std::string folder;                           // the working directory
  std::map<std::string, std::string> versions;  // of the compiler and of libraries
  std::map<std::string, std::string> inputs;    // SHA-256 of what training began from, by setting: model.load
  bool operator==(const Environment&) const = default;
};

// What the machine says: started, host, system, cpu, cpus, folder, numerics_version, versions of the
// compiler, fmt and SQLite. The caller fills in the rest.
Environment detect_environment();

void write_environment(const std::filesystem::path& path, const Environment& environment);
Environment read_environment(const std::filesystem::path& path);  // InputError when damaged

}  // namespace ascender
