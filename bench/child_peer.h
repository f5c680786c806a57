// A peer that lives in a process of its own, such as PyTorch: it is asked one line at a time and answers one
// JSON line, so that its samples alternate with ours and its start is paid once.
#pragma once

#include <cstdio>
#include <string>
#include <sys/types.h>
#include <vector>

#include "bench/bench.h"

namespace ascender::bench {

class ChildPeer {
 public:
  // Starts `command` (program first) and reads its greeting {"name": "PyTorch 2.15.0"}. A program that does
  // not start or greet is no peer: running() is false.
  explicit ChildPeer(const std::vector<std::string>& command);
  ~ChildPeer();
  ChildPeer(const ChildPeer&) = delete;
  ChildPeer& operator=(const ChildPeer&) = delete;

  bool running() const { return !name_.empty(); }
  const std::string& name() const { return name_; }
  // The answer's line, a JSON object; EnvironmentError when there is none.
  std::string ask(const std::string& request);
  // One sample: seconds a call, as the child measured them on its own thread (on one thread) or clock.
  double seconds(const std::string& request);

 private:
  std::string read_line();

  pid_t child_ = -1;
  FILE* to_ = nullptr;
  FILE* from_ = nullptr;
  std::string name_;
};

// A script of bench/peers, run by the peers' Python; says so on stderr when that is not there.
ChildPeer python_peer(const Options& options, const std::string& script,
                      const std::vector<std::string>& arguments = {});

// Alternating samples, as compare() of bench.h takes them; what the child answers is the peer's.
Comparison compare(const Work& ours, ChildPeer& peer, const std::string& request, const Options& options);

// Reports `row` with its time: beside the peer's, or alone where that does not run.
void report_beside(Run& run, Row row, const Work& ours, ChildPeer& peer, const std::string& request);

}  // namespace ascender::bench
