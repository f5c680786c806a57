// Work in processes of their own: memory is measured from a clean start, starting is measured at all.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace ascender::bench {

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
