// Work in processes of their own: memory is measured from a clean start, starting is measured at all.
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace ascender::bench {

// Its ends close in a program that start() runs.
struct Pipe {
  int read, write;
};
Pipe make_pipe();

// Starts `command` (program first) with these as its standard files; -1: ours. A program that cannot be
// started ends with code 127.
struct Files {
  int in = -1, out = -1, error = -1;
};
pid_t start(const std::vector<std::string>& command, const Files& files);

// The number that `body` returns in a forked copy of this process. REQUIRES: this process has one thread.
double in_a_child(const std::function<double()>& body);

// Seconds from starting `command` to the first line of its output that contains `line`; to its end where
// `line` is empty. EnvironmentError when it ends before, or with another code than 0 where its end is
// awaited.
double seconds_until(const std::vector<std::string>& command, const std::string& line);

// Of this process, from /proc: resident memory now, and its highest since the last reset.
double resident_bytes();
double highest_resident_bytes();
void reset_highest_resident();

}  // namespace ascender::bench
