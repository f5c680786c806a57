// Runs tests/spec/*.ascend: a program, a line `----`, then what must come out. Directives are comments that
// begin with `#!`: `#! tree` compares the tree instead of the checked result, `#! cli TEXT` adds an override,
// `#! file NAME` begins another file that the program may import, `#! main NAME` checks that one.
// ASCENDER_UPDATE_GOLDEN=1 rewrites what differs.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>

#include "ascender/base/error.h"
#include "ascender/base/file.h"
#include "ascender/spec/check.h"
#include "ascender/spec/convert.h"
#include "ascender/spec/parse.h"
#include "ascender/spec/schema_for_test.h"

namespace ascender::spec {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(ASCENDER_SOURCE_DIR) / "tests" / "spec";

struct Golden {
  bool tree = false;
  std::string main = "main.ascend";
  std::vector<std::string> overrides;
  std::map<std::string, std::string> files;
  std::string program;  // all before ----
  std::string expected;
};

Golden read_golden(const fs::path& path) {
  Golden golden;
  std::istringstream lines(read_file(path));
  std::string name = "main.ascend";
  golden.files[name];
  bool after = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "----" && !after) {
      after = true;
      continue;
    }
    (after ? golden.expected : golden.program) += line + "\n";
    if (after) continue;
    if (line == "#! tree") golden.tree = true;
    if (line.starts_with("#! main ")) golden.main = line.substr(8);
    if (line.starts_with("#! cli ")) golden.overrides.push_back(line.substr(7));
    if (line.starts_with("#! file ")) {
      name = line.substr(8);
    } else if (!line.starts_with("#! ")) {
      golden.files[name] += line + "\n";
    }
  }
  return golden;
}

std::string where(const Span& span) {
  if (!span.source) return "schema";
  const Position at = position_of(*span.source, span.begin);
  return fmt::format("{}:{}:{}", span.source->name, at.line, at.column);
}

std::string text_of(const Schema& schema, const Assignment& a) {
  return fmt::format("{} = {}", a.path, to_source(a.value, *schema.find(a.path)));
}

std::string text_of(const Schema& schema, const Resolved& resolved) {
  std::string out = resolved.name.empty() ? "" : fmt::format("name {}\n", resolved.name);
  for (const Assignment& a : resolved.assignments)
    out += fmt::format("{}  # {}\n", text_of(schema, a), where(a.span));
  for (const Axis& axis : resolved.grid) {
    std::vector<std::string> values;
    for (const Value& value : axis.values) values.push_back(to_source(value, *schema.find(axis.path)));
    out += fmt::format("grid {} in {}  # {}\n", axis.path, fmt::join(values, ", "), where(axis.span));
  }
  if (!resolved.grid.empty()) {
    for (const Arm& arm : resolved.arms) {
      out += fmt::format("arm {}:", arm.label);
      for (const Assignment& a : arm.assignments) {
        const auto same = [&](const Assignment& b) { return a.path == b.path && a.value == b.value; };
        if (!std::ranges::any_of(resolved.assignments, same)) out += fmt::format(" {};", text_of(schema, a));
      }
      out += "\n";
    }
  }
  for (const Pruned& p : resolved.pruned) out += fmt::format("pruned {}: {}\n", p.label, p.reason);
  if (!resolved.seeds.empty()) out += fmt::format("seeds {}\n", fmt::join(resolved.seeds, ", "));
  for (const NotRun& n : resolved.not_run) {
    out += fmt::format("not run: {}{}{}\n", n.kind, n.name.empty() ? "" : " ", n.name);
  }
  return out;
}

std::string actual(const Golden& golden) {
  if (golden.tree) {
    const ParseResult result =
        parse(std::make_shared<Source>(Source{"main.ascend", golden.files.at("main.ascend")}));
    return dump(result.file) + render(result.errors);
  }
  const Schema schema = schema_for_test();
  const ReadFile read = [&](const fs::path& path) {
    const auto it = golden.files.find(path.generic_string());
    if (it == golden.files.end()) throw EnvironmentError("there is no such file");
    return it->second;
  };
  const CheckResult result = check(golden.main, golden.overrides, schema, read);
  std::string out = result.ok() ? text_of(schema, result.resolved) : "";
  return out + render(result.errors) + render(result.warnings);
}

std::vector<fs::path> golden_files() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".ascend") out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

class GoldenFile : public testing::TestWithParam<fs::path> {};

TEST_P(GoldenFile, GivesWhatItSays) {
  const Golden golden = read_golden(GetParam());
  const std::string got = actual(golden);
  if (std::getenv("ASCENDER_UPDATE_GOLDEN") != nullptr && got != golden.expected) {
    write_file(GetParam(), golden.program + "----\n" + got);
  }
  EXPECT_EQ(got, golden.expected) << GetParam();
}

std::string test_name(const testing::TestParamInfo<fs::path>& param_info) {
  std::string name = param_info.param.stem().string();
  std::ranges::replace_if(
      name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Spec, GoldenFile, testing::ValuesIn(golden_files()), test_name);

TEST(Golden, HasFilesForEveryCodeThatTheRoomGives) {
  std::set<std::string> given;
  std::set<std::string> shown;
  const auto collect = [](const std::string& text, const std::string& before, std::set<std::string>& codes) {
    for (size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
      const std::string code = text.substr(at + before.size(), 5);
      if ((code[0] == 'E' || code[0] == 'W') && std::all_of(code.begin() + 1, code.end(), ::isdigit))
        codes.insert(code);
    }
  };
  for (const auto& entry : fs::directory_iterator(fs::path(ASCENDER_SOURCE_DIR) / "ascender" / "spec")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".cc") && !name.ends_with("_test.cc")) collect(read_file(entry.path()), "\"", given);
  }
  for (const fs::path& path : golden_files()) collect(read_file(path), "[", shown);
  // Bytes that are no UTF-8, 100 errors and 64 files do not fit into a golden file: parser_test.cc.
  for (const char* code : {"E0101", "E0210", "E0607"}) given.erase(code);
  EXPECT_GT(given.size(), 40u);
  for (const std::string& code : given) EXPECT_TRUE(shown.contains(code)) << code << " has no golden file";
}

}  // namespace
}  // namespace ascender::spec
