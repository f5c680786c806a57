#include "ascender/spec/load.h"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <map>
#include <optional>

#include "ascender/base/error.h"
#include "ascender/base/file.h"
#include "ascender/spec/override.h"
#include "ascender/spec/parse.h"
#include "ascender/spec/std_files.h"

namespace ascender::spec {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".ascend";
constexpr size_t kMostFiles = 64;
constexpr uintmax_t kMostBytes = 4 << 20;

struct Place {
  bool embedded = false;
  std::string path;
  bool operator==(const Place&) const = default;
  bool operator<(const Place& other) const {
    return std::tie(embedded, path) < std::tie(other.embedded, other.path);
  }
};

class Loader {
 public:
  Loader(const ReadFile& read, Report& report) : read_(read), report_(report) {}

  // Appends what `place` extends, then the file itself.
  void extend(const Place& place, const Span& from, std::vector<std::shared_ptr<const File>>& layers) {
    const auto file = open(place, from);
    if (file == nullptr) return;
    stack_.push_back(place);
    for (const Use& use : file->uses) {
      const auto next = resolve(use, place);
      if (!next || in_cycle(*next, use)) continue;
      if (use.extends) {
        const bool done = std::ranges::find(extended_, *next) != extended_.end();
        if (!done) extend(*next, use.span, layers);
      } else {
        import(use.alias.text, *next, use);
      }
    }
    stack_.pop_back();
    extended_.push_back(place);
    layers.push_back(file);
  }

  std::vector<Imported> imports;
  bool has_syntax_errors = false;

 private:
  void import(const std::string& alias, const Place& place, const Use& use) {
    const auto file = open(place, use.span);
    if (file == nullptr || !name_once(alias, place, use)) return;
    imports.push_back({alias, file, use.alias.span});
    stack_.push_back(place);
    for (const Use& inner : file->uses) {
      const auto next = resolve(inner, place);
      if (!next || in_cycle(*next, inner)) continue;
      if (inner.extends) {
        const auto base = open(*next, inner.span);
        if (base != nullptr) imports.insert(imports.end() - 1, {alias, base, use.alias.span});
      } else {
        import(fmt::format("{}.{}", alias, inner.alias.text), *next, inner);
      }
    }
    stack_.pop_back();
  }

  bool name_once(const std::string& alias, const Place& place, const Use& use) {
    const auto [it, fresh] = aliases_.emplace(alias, place);
    if (fresh) return true;
    if (!(it->second == place)) {
      report_.error("E0606", fmt::format("two files are imported as `{}`", alias), use.alias.span,
                    "give one of them another name with `as`");
    }
    return false;
  }

  std::optional<Place> resolve(const Use& use, const Place& from) {
    const bool standard = use.text.starts_with("std/");
    const fs::path folder = fs::path(from.path).parent_path();
    Place place{standard || from.embedded,
                standard ? use.text : (folder / use.text).lexically_normal().generic_string()};
    if (!use.text.ends_with(kExtension)) {
      report_.error("E0602", fmt::format("\"{}\" does not end with {}", use.text, kExtension), use.span,
                    fmt::format("did you mean \"{}{}\"?", use.text, kExtension));
      return std::nullopt;
    }
    return place;
  }

  bool in_cycle(const Place& place, const Use& use) {
    const auto it = std::ranges::find(stack_, place);
    if (it == stack_.end()) return false;
    std::vector<std::string> chain;
    for (auto at = it; at != stack_.end(); ++at) chain.push_back(at->path);
    chain.push_back(place.path);
    report_.error("E0604", "files use each other in a circle", use.span,
                  fmt::format("{}", fmt::join(chain, " -> ")));
    return true;
  }

  // Each file is read and parsed once.
  std::shared_ptr<const File> open(const Place& place, const Span& from) {
    const auto it = files_.find(place);
    if (it != files_.end()) return it->second;
    if (files_.size() >= kMostFiles) {
      report_.error("E0607", fmt::format("an experiment has at most {} files", kMostFiles), from);
      return nullptr;
    }
    auto& file = files_[place];
    const auto text = place.embedded ? embedded(place, from) : on_disk(place, from);
    if (!text) return nullptr;
    ParseResult result = parse(std::make_shared<const Source>(Source{place.path, *text}));
    has_syntax_errors |= !result.errors.empty();
    for (Diagnostic& d : result.errors) report_.add(std::move(d));
    file = std::make_shared<const File>(std::move(result.file));
    return file;
  }

  std::optional<std::string> embedded(const Place& place, const Span& from) {
    if (const auto text = std_file(place.path)) return std::string(*text);
    const std::vector<std::string> names = std_file_names();
    const std::string meant = did_you_mean(place.path, names);
    report_.error("E0605", fmt::format("there is no `{}`", place.path), from,
                  meant.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : meant);
    return std::nullopt;
  }

  std::optional<std::string> on_disk(const Place& place, const Span& from) {
    try {
      std::string text = read_(place.path);
      if (text.size() <= kMostBytes) return text;
      report_.error(
          "E0607", fmt::format("{} is too large for an experiment: {} bytes", place.path, text.size()), from);
    } catch (const EnvironmentError& error) {
      report_.error(from.source ? "E0603" : "E0601",
                    fmt::format("cannot read {}: {}", place.path, error.what()), from,
                    from.source ? "names are relative to the file that says them" : "");
    }
    return std::nullopt;
  }

  const ReadFile& read_;
  Report& report_;
  std::map<Place, std::shared_ptr<const File>> files_;
  std::map<std::string, Place> aliases_;
  std::vector<Place> stack_;
  std::vector<Place> extended_;
};

}  // namespace

std::string read_from_disk(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw EnvironmentError("there is no such file");
  if (fs::is_directory(path, ignored)) throw EnvironmentError("it is a folder");
  const uintmax_t size = fs::file_size(path, ignored);
  if (!ignored && size > kMostBytes) {
    throw EnvironmentError(fmt::format("{} bytes are too many for an experiment", size));
  }
  return read_file(path);
}

Program load(const fs::path& file, std::span<const std::string> overrides, const Names& names,
             const ReadFile& read, Report& report) {
  Program program;
  if (file.extension() != kExtension) {
    report.error(
        "E0602",
        fmt::format("{} is not an experiment: its name does not end with {}", file.string(), kExtension), {});
  } else {
    Loader loader(read, report);
    loader.extend({false, file.string()}, {}, program.layers);
    program.imports = std::move(loader.imports);
    program.has_syntax_errors = loader.has_syntax_errors;
  }
  program.first_override = program.layers.size();
  for (size_t i = 0; i < overrides.size(); ++i) {
    auto source = std::make_shared<const Source>(Source{fmt::format("<cli:{}>", i + 1), overrides[i]});
    program.layers.push_back(parse_override(source, names, report, program.has_syntax_errors));
  }
  return program;
}

}  // namespace ascender::spec
