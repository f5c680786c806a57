#include "ascender/train/run/origin.h"

#include <fmt/core.h>

#include "ascender/record/numerics_version.h"
#include "ascender/tile/target.h"

namespace ascender {

Origin origin_here(const std::string& code_version) {
  return {name_of(simd_target()), kNumericsVersion, code_version};
}

std::optional<std::string> difference(const Origin& then, const Origin& now) {
  std::string text;
  if (then.numerics_version != now.numerics_version) {
    text = fmt::format("numerics version {} (code {}) then, {} (code {}) now", then.numerics_version,
                       then.code_version, now.numerics_version, now.code_version);
  }
  if (then.simd_target != now.simd_target) {
    text += fmt::format("{}SIMD target {} then, {} now", text.empty() ? "" : "; ", then.simd_target,
                        now.simd_target);
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace ascender
