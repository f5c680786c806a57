#include "bench/process.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include "ascender/base/clock.h"
#include "ascender/base/error.h"

namespace ascender::bench {
namespace {

double status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == key && status >> kib) return 1024 * kib;
  }
  throw EnvironmentError("/proc/self/status has no " + key);
}

// Starts `command` with its output in a pipe, errors to nowhere.
std::pair<pid_t, FILE*> start(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe(ends) != 0) throw_errno("pipe", command.front());
  const pid_t child = fork();
  if (child < 0) throw_errno("fork", command.front());
  if (child == 0) {
    dup2(ends[1], 1);
    dup2(open("/dev/null", O_WRONLY), 2);
    close(ends[0]);
    close(ends[1]);
    std::vector<char*> arguments;
    for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    unsetenv("LD_LIBRARY_PATH");  // ours points at the peers' C libraries
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(ends[1]);
  return {child, fdopen(ends[0], "r")};
}

}  // namespace

double in_a_child(const std::function<double()>& body) {
  int ends[2];
  if (pipe(ends) != 0) throw_errno("pipe", "a child");
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) throw_errno("fork", "a child");
  if (child == 0) {
    const double value = body();
    _exit(write(ends[1], &value, sizeof value) == sizeof value ? 0 : 1);
  }
  close(ends[1]);
  double value = 0;
  const bool answered = read(ends[0], &value, sizeof value) == sizeof value;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (!answered) throw EnvironmentError("a child ended without an answer");
  return value;
}

double seconds_until(const std::vector<std::string>& command, const std::string& line) {
  const double begin = seconds_now();
  const auto [child, output] = start(command);
  double found = -1;
  char text[4096];
  while (found < 0 && std::fgets(text, sizeof text, output) != nullptr) {
    if (!line.empty() && std::string(text).find(line) != std::string::npos) found = seconds_now() - begin;
  }
  if (found >= 0) kill(child, SIGKILL);
  std::fclose(output);
  int status = 0;
  waitpid(child, &status, 0);
  if (line.empty() && WIFEXITED(status) && WEXITSTATUS(status) == 0) found = seconds_now() - begin;
  if (found < 0) throw EnvironmentError(fmt::format("{} ended early", fmt::join(command, " ")));
  return found;
}

double resident_bytes() { return status_bytes("VmRSS:"); }
double highest_resident_bytes() { return status_bytes("VmHWM:"); }

void reset_highest_resident() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  if (!file) throw EnvironmentError("/proc/self/clear_refs cannot be written");
}

}  // namespace ascender::bench
