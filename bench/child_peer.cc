#include "bench/child_peer.h"

#include <csignal>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "ascender/base/error.h"

#include "bench/process.h"

namespace ascender::bench {

ChildPeer::ChildPeer(const std::vector<std::string>& command) {
  if (access(command.front().c_str(), X_OK) != 0) return;
  const Pipe down = make_pipe(), up = make_pipe();
  std::signal(SIGPIPE, SIG_IGN);
  child_ = start(command, {.in = down.read, .out = up.write});
  close(down.read);
  close(up.write);
  to_ = fdopen(down.write, "w");
  from_ = fdopen(up.read, "r");
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

void report_beside(Run& run, Row row, const Work& ours, ChildPeer& peer, const std::string& request) {
  if (peer.running()) {
    const Comparison both = compare(ours, peer, request, run.options());
    row.time = both.ours;
    row.peer = peer.name();
    row.ratio = both.ratio;
  } else {
    row.time = measure(ours, run.options().seconds);
  }
  run.report(row);
}

}  // namespace ascender::bench
