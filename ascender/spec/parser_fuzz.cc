// libFuzzer target: parse, check, render. The input is a file; after NUL bytes come overrides, and after the
// last of three a second file, other.ascend, that the first may extend. Invariants of the answer are checked.
//   cmake -S . -B build/fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++-14 -DASCENDER_FUZZERS=ON
//   -DASCENDER_TESTS=OFF
//         -DASCENDER_SANITIZE=address,undefined,fuzzer-no-link
//   ninja -C build/fuzz parser_fuzz && build/fuzz/parser_fuzz CORPUS
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ascender/base/check.h"
#include "ascender/base/error.h"
#include "ascender/spec/check.h"
#include "ascender/spec/parse.h"
#include "ascender/spec/schema_for_test.h"

namespace {

using namespace ascender;

std::vector<std::string> split(const std::string& input) {
  std::vector<std::string> parts(1);
  for (char c : input) {
    if (c == '\0' && parts.size() < 4) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

void check_spans(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& d : diagnostics) {
    ASC_CHECK(!d.message.empty() && d.code.size() == 5, "{}", d.code);
    if (d.span.source) ASC_CHECK(d.span.end <= d.span.source->text.size(), "{}", d.message);
    if (d.span.source) ASC_CHECK(d.span.begin <= d.span.end, "{}", d.message);
  }
  render(diagnostics);
}

void check_resolved(const spec::Resolved& resolved, const Schema& schema) {
  ASC_CHECK(!resolved.arms.empty(), "no arm");
  for (const spec::Arm& arm : resolved.arms) {
    for (const spec::Assignment& a : arm.assignments) {
      const Field* field = schema.find(a.path);
      ASC_CHECK(field != nullptr, "{}", a.path);
      ASC_CHECK(a.value.index() == field->fallback.index(), "{}", a.path);
      ASC_CHECK(!Schema::refuse(*field, a.value), "{}", a.path);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Schema schema = spec::schema_for_test();
  const std::vector<std::string> parts = split(std::string(reinterpret_cast<const char*>(data), size));
  const auto source = std::make_shared<const Source>(Source{"main.ascend", parts[0]});
  const spec::ParseResult parsed = spec::parse(source);
  check_spans(parsed.errors);
  spec::dump(parsed.file);
  std::vector<std::string> overrides;
  for (size_t i = 1; i < parts.size() && i < 3; ++i) overrides.push_back(parts[i]);
  const spec::ReadFile read = [&](const std::filesystem::path& path) {
    if (path == "main.ascend") return parts[0];
    if (path == "other.ascend" && parts.size() == 4) return parts[3];
    throw EnvironmentError("there is no such file");
  };
  const spec::CheckResult result = spec::check("main.ascend", overrides, schema, read);
  check_spans(result.errors);
  check_spans(result.warnings);
  if (result.ok()) check_resolved(result.resolved, schema);
  return 0;
}
