// What the machine refused: a missing file, a full disk, no permission. The message holds the failing call's
// text.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace ascender {

class EnvironmentError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws EnvironmentError "CALL PATH: strerror(errno)"; call it right after the failing system call.
[[noreturn]] void throw_errno(std::string_view call, std::string_view path);

}  // namespace ascender
