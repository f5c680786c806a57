// Checks of what must hold whatever the user did: a failure is a bug of ours, printed with its values.
// What a user wrote is a Diagnostic (diagnostic.h); what the machine refused is an EnvironmentError
// (error.h).
#pragma once

#include <fmt/core.h>
#include <stdexcept>
#include <string>

namespace ascender {

class BugError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void check_failed(const char* expression, const char* file, int line, const std::string& why);

}  // namespace ascender

// ASC_CHECK(cond, "format", values...): always on; throws BugError with expression, place and values.
#define ASC_CHECK(condition, ...)                                                           \
  do {                                                                                      \
    if (!(condition)) [[unlikely]] {                                                        \
      ::ascender::check_failed(#condition, __FILE__, __LINE__, ::fmt::format(__VA_ARGS__)); \
    }                                                                                       \
  } while (false)

// ASC_DCHECK: for inner loops; compiled in debug builds only.
#ifdef ASC_DEBUG
#define ASC_DCHECK(condition, ...) ASC_CHECK(condition, __VA_ARGS__)
#else
#define ASC_DCHECK(condition, ...) \
  do {                             \
  } while (false)
#endif
