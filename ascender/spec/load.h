// From the name of a file to the trees that make up an experiment: what it extends (first), the file itself,
// then the overrides, each later one stronger. Names in `import` and `extends` are relative to the file that
// says them; `std/...` is embedded in the program.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ascender/spec/names.h"
#include "ascender/spec/report.h"
#include "ascender/spec/tree.h"

namespace ascender::spec {

// The bytes of a file; EnvironmentError when it cannot be read. Tests and the fuzzer give their own.
using ReadFile = std::function<std::string(const std::filesystem::path&)>;
std::string read_from_disk(const std::filesystem::path& path);

struct Imported {     // import "..." as alias: only names
  std::string alias;  // "hw", or "hw.base" for an import inside it
  std::shared_ptr<const File> file;
  Span span;
};

struct Program {
  std::vector<std::shared_ptr<const File>> layers;  // weakest first
  size_t first_override = 0;                        // layers from here on are overrides
  std::vector<Imported> imports;
  bool has_syntax_errors = false;
};

// Faults (E01xx, E02xx, E06xx) go to `report`. An override is `path = value`, `path in domain`, several by
// `;`; the value of a string, path or choice setting may stand without quotes.
Program load(const std::filesystem::path& file, std::span<const std::string> overrides, const Names& names,
             const ReadFile& read, Report& report);

}  // namespace ascender::spec
