#include "ascender/base/error.h"

#include <cerrno>
#include <cstring>
#include <fmt/core.h>

namespace ascender {

void throw_errno(std::string_view call, std::string_view path) {
  const int error = errno;
  throw EnvironmentError(fmt::format("{} {}: {}", call, path, std::strerror(error)));
}

}  // namespace ascender
