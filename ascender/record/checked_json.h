// JSON files that carry a checksum: an object whose last member "xxh64" is the hash of the object without it,
// in its shortest form with sorted keys. Written beside, synced, renamed.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "ascender/base/diagnostic.h"

namespace ascender {

// REQUIRES: `object` is a JSON object without "xxh64".
void write_checked_json(const std::filesystem::path& path, std::string_view object);

// The text of the file. InputError with the place when it is no JSON object or its checksum is missing or
// wrong; EnvironmentError when it cannot be read.
std::shared_ptr<const Source> read_checked_json(const std::filesystem::path& path);

// InputError E0921 at byte `offset` of the file.
[[noreturn]] void throw_bad_json(const std::shared_ptr<const Source>& source, size_t offset,
                                 std::string_view why);

}  // namespace ascender
