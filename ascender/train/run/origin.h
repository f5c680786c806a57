// What a run's bits depend on beside its settings: the program's numerics and the SIMD target it ran on.
#pragma once

#include <optional>
#include <string>

namespace ascender {

struct Origin {
  std::string simd_target;
  int numerics_version = 0;
  std::string code_version;
};

// This process.
Origin origin_here(const std::string& code_version);

// Why bits made at `then` may differ from those made at `now`; nothing where they may not.
std::optional<std::string> difference(const Origin& then, const Origin& now);

}  // namespace ascender
