// The files under std/ that are part of the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ascender::spec {

std::optional<std::string_view> std_file(std::string_view name);  // "std/units.ascend"
std::vector<std::string> std_file_names();

}  // namespace ascender::spec
