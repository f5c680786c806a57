// What was measured on a machine is kept under its name: the CPU's model and the SIMD target in force.
#pragma once

#include <string>

namespace ascender {

std::string machine_name();

// The path in the environment variable `variable`, else `name` in $XDG_CACHE_HOME/ascender or
// ~/.cache/ascender.
std::string cache_file(const char* variable, const std::string& name);

}  // namespace ascender
