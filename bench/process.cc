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

}  // namespace

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw_errno("pipe", "a child");
  return {ends[0], ends[1]};
}

pid_t start(const std::vector<std::string>& command, const Files& files) {
  const pid_t child = fork();
  if (child < 0) throw_errno("fork", command.front());
  if (child > 0) return child;
  for (const auto& [from, to] : {std::pair(files.in, 0), {files.out, 1}, {files.error, 2}}) {
    if (from >= 0) dup2(from, to);
  }
  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  unsetenv("LD_LIBRARY_PATH");  // ours points at the peers' C libraries
  execv(arguments[0], arguments.data());
  _exit(127);
}

double in_a_child(const std::function<double()>& body) {
  const Pipe answer = make_pipe();
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) throw_errno("fork", "a child");
  if (child == 0) {
    const double value = body();
    _exit(write(answer.write, &value, sizeof value) == sizeof value ? 0 : 1);
  }
  close(answer.write);
  double value = 0;
  const bool answered = read(answer.read, &value, sizeof value) == sizeof value;
  close(answer.read);
  waitpid(child, nullptr, 0);
  if (!answered) throw EnvironmentError("a child ended without an answer");
  return value;
}

double seconds_until(const std::vector<std::string>& command, const std::string& line) {
  const double begin = seconds_now();
  const Pipe lines = make_pipe();
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const pid_t child = start(command, {.out = lines.write, .error = nowhere});
  close(lines.write);
  close(nowhere);
  FILE* output = fdopen(lines.read, "r");
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
