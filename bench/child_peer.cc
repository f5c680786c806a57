#include "bench/child_peer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
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

double ChildPeer::seconds(const std::string& request) {
  std::fprintf(to_, "%s\n", request.c_str());
  std::fflush(to_);
  const auto answer = nlohmann::json::parse(read_line(), nullptr, false);
  if (!answer.is_object() || !answer.contains("seconds"))
    throw EnvironmentError(name_ + " did not answer " + request);
  return answer["seconds"].get<double>();
}

Comparison compare(const Work& ours, ChildPeer& peer, const std::string& request, double seconds) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> a, b, ratios;
  peer.seconds(request);
  for (const auto end = Clock::now() + std::chrono::duration<double>(seconds);
       Clock::now() < end || a.size() < 5;) {
    const bool first = a.size() % 2 == 0;
    if (!first) b.push_back(peer.seconds(request));
    a.push_back(measure(ours, 0).median);
    if (first) b.push_back(peer.seconds(request));
    ratios.push_back(b.back() / a.back());
  }
  const auto summary = [](std::vector<double> samples) {
    std::sort(samples.begin(), samples.end());
    const auto at = [&](double q) {
      return samples[static_cast<size_t>(std::lround(q * static_cast<double>(samples.size() - 1)))];
    };
    return Timing{at(0.5), at(0.1), at(0.9), static_cast<int>(samples.size())};
  };
  return {summary(a), summary(b), summary(ratios)};
}

}  // namespace ascender::bench
