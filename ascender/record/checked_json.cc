#include "ascender/record/checked_json.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "ascender/base/check.h"
#include "ascender/base/file.h"
#include "ascender/base/hash.h"

namespace ascender {
namespace {

using Json = nlohmann::json;

std::string checksum(const Json& body) {
  const std::string text = body.dump();
  return fmt::format("{:016x}", xxh64(std::as_bytes(std::span(text.data(), text.size()))));
}

}  // namespace

void throw_bad_json(const std::shared_ptr<const Source>& source, size_t offset, std::string_view why) {
  const size_t begin = std::min(offset, source->text.size());
  throw InputError(Diagnostic{.code = "E0921",
                              .severity = Severity::kError,
                              .message = fmt::format("{} is damaged: {}", source->name, why),
                              .span = Span{source, begin, begin + 1},
                              .labels = {},
                              .help = {}});
}

void write_checked_json(const std::filesystem::path& path, std::string_view object) {
  const Json body = Json::parse(object);
  ASC_CHECK(body.is_object() && !body.contains("xxh64"), "not an object to be checked: {}", object);
  nlohmann::ordered_json out = nlohmann::ordered_json::parse(object);
  out["xxh64"] = checksum(body);
  write_file(path, out.dump(2) + "\n");
}

std::shared_ptr<const Source> read_checked_json(const std::filesystem::path& path) {
  const auto source = std::make_shared<const Source>(Source{path.native(), read_file(path)});
  Json body;
  try {
    body = Json::parse(source->text);
  } catch (const Json::parse_error& error) {
    throw_bad_json(source, error.byte == 0 ? 0 : error.byte - 1, "it is not JSON");
  }
  if (!body.is_object()) throw_bad_json(source, 0, "it is not a JSON object");
  if (!body.contains("xxh64") || !body["xxh64"].is_string()) throw_bad_json(source, 0, "it has no checksum");
  const std::string stored = body["xxh64"];
  body.erase("xxh64");
  if (checksum(body) != stored) throw_bad_json(source, 0, "its checksum does not fit its content");
  return source;
}

}  // namespace ascender
