#include "ascender/base/check.h"

namespace ascender {

void check_failed(const char* expression, const char* file, int line, const std::string& why) {
  throw BugError(fmt::format("{}:{}: check failed: {}: {}", file, line, expression, why));
}

}  // namespace ascender
