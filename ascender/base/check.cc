#include "ascender/base/check.h"

#include <string_view>

namespace ascender {
namespace {

constexpr std::string_view kThisFile = __FILE__;
constexpr std::string_view kRoot =
    kThisFile.substr(0, kThisFile.size() - sizeof("ascender/base/check.cc") + 1);

// Where the program was built is nobody's business. A compiler's cache may name files from the build folder.
std::string_view below_root(std::string_view file) {
  if (file.starts_with(kRoot)) file.remove_prefix(kRoot.size());
  while (file.starts_with("../")) file.remove_prefix(3);
  return file;
}

}  // namespace

void check_failed(const char* expression, const char* file, int line, const std::string& why) {
  throw BugError(fmt::format("{}:{}: check failed: {}: {}", below_root(file), line, expression, why));
}

}  // namespace ascender
