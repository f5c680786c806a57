#include "bench/child_peer.h"

#include <csignal>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "ascender/base/error.h"

namespace ascender::bench {

ChildPeer::ChildPeer(const std::vector<std::string>& command) {
  if (access(command.front().c_str(), X_OK) != 0) return;
  int down[2], up[2];
  if (pipe(down) != 0 || pipe(up) != 0) throw_errno("pipe", command.front());
  std::signal(SIGPIPE, SIG_IGN);
  child_ = fork();
  if (child_ < 0) throw_errno("fork", command.front());
  if (child_ == 0) {
    dup2(down[0], 0);
    dup2(up[1], 1);
    for (const int fd : {down[0], down[1], up[0], up[1]}) close(fd);
    std::vector<char*> arguments;
    for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    unsetenv("LD_LIBRARY_PATH");  // ours points at the peers' C libraries
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(down[0]);
  close(up[1]);
  to_ = fdopen(down[1], "w");
  from_ = fdopen(up[0], "r");
  const auto greeting = nlohmann::json::parse(read_line(), nullptr, false);
  if (greeting.is_object()) name_ = greeting.value("name", "");
}

ChildPeer::~ChildPeer() {
  if (to_ != nullptr) std::fclose(to_);
  if (from_ != nullptr) std::fclose(from_);
  if (child_ > 0) waitpid(child_, nullptr, 0);
}

std::string ChildPeer::read_line() {
  std::string line;
  for (int c = std::fgetc(from_); c != EOF && c != '\n'; c = std::fgetc(from_)) line += static_cast<char>(c);
  return line;
}

std::string ChildPeer::ask(const std::string& request) {
  std::fprintf(to_, "%s\n", request.c_str());
  std::fflush(to_);
  std::string line = read_line();
  if (!nlohmann::json::parse(line, nullptr, false).is_object())
    throw EnvironmentError(name_ + " did not answer " + request);
  return line;
}

double ChildPeer::seconds(const std::string& request) {
  return nlohmann::json::parse(ask(request)).at("seconds").get<double>();
}

ChildPeer python_peer(const Options& options, const std::string& script,
                      const std::vector<std::string>& arguments) {
  std::vector<std::string> command{options.peers + "/bin/python",
                                   std::string(ASCENDER_SOURCE_DIR "/bench/peers/") + script};
  if (access(command.front().c_str(), X_OK) != 0)
    fmt::print(stderr, "{} is not there: no peer\n", command.front());
  command.insert(command.end(), arguments.begin(), arguments.end());
  return ChildPeer(command);
}

Comparison compare(const Work& ours, ChildPeer& peer, const std::string& request, const Options& options) {
  peer.seconds(request);  // its first call prepares
  return compare(
      sampler(ours, kLongSample), [&] { return peer.seconds(request); }, options);
}

}  // namespace ascender::bench
