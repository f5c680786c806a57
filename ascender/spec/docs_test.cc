// docs/language.md says what the code says.
#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

#include "ascender/base/file.h"
#include "ascender/spec/check.h"
#include "ascender/spec/parse.h"
#include "ascender/spec/schema_for_test.h"
#include "ascender/spec/std_files.h"
#include "ascender/spec/unit.h"
#include "ascender/spec/vocabulary.h"

namespace ascender::spec {
namespace {

std::string page() { return read_file(std::filesystem::path(ASCENDER_SOURCE_DIR) / "docs" / "language.md"); }

std::vector<std::string> row(const std::string& name) {
  std::istringstream lines(page());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| " + name + " |")) continue;
    std::vector<std::string> words;
    for (size_t at = line.find('`'); at != std::string::npos; at = line.find('`', at + 1)) {
      const size_t end = line.find('`', at + 1);
      words.push_back(line.substr(at + 1, end - at - 1));
      at = end;
    }
    return words;
  }
  return {};
}

TEST(LanguagePage, ListsTheWordsOfTheParser) {
  EXPECT_EQ(row("file"), file_words());
  EXPECT_EQ(row("block"), block_words());
  EXPECT_EQ(row("statement"), statement_words());
  EXPECT_EQ(row("clause"), clause_words());
  EXPECT_EQ(row("operator"), operator_words());
}

TEST(LanguagePage, NamesEveryUnitDomainAndStandardFile) {
  const std::string text = page();
  for (std::string name : unit_names()) {
    if (name.size() > 2 && name.ends_with('s')) name.pop_back();
    EXPECT_NE(text.find(name), std::string::npos) << name;
  }
  for (const std::string& name : functions(Role::kDomain))
    EXPECT_NE(text.find(name + "("), std::string::npos) << name;
  for (const std::string& name : std_file_names())
    EXPECT_NE(text.find("`" + name + "`"), std::string::npos) << name;
}

TEST(LanguagePage, ExplainsEveryCode) {
  const std::string text = page();
  std::set<std::string> explained;
  for (size_t at = text.find("\n| E0"); at != std::string::npos; at = text.find("\n| E0", at + 1)) {
    std::istringstream cell(text.substr(at + 3, text.find('|', at + 3) - at - 3));
    for (std::string code; std::getline(cell, code, ',');) {
      code.erase(0, code.find_first_not_of(' '));
      const int first = std::stoi(code.substr(1, 4));
      const int last = code[5] == '-' ? std::stoi(code.substr(7, 4)) : first;
      for (int i = first; i <= last; ++i) explained.insert("E0" + std::to_string(i));
    }
  }
  std::set<std::string> given;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(ASCENDER_SOURCE_DIR) /
                                                               "ascender" / "spec")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".cc") || name.ends_with("_test.cc")) continue;
    const std::string source = read_file(entry.path());
    for (size_t at = source.find("\"E0"); at != std::string::npos; at = source.find("\"E0", at + 1)) {
      if (source[at + 6] == '"') given.insert(source.substr(at + 1, 5));
    }
  }
  for (const std::string& code : given) EXPECT_TRUE(explained.contains(code)) << code;
  for (const std::string& code : explained) EXPECT_TRUE(given.contains(code)) << code << " is given nowhere";
}

TEST(LanguagePage, ShowsAnExampleThatIsSound) {
  const std::string text = page();
  const std::string fence = "```ascend\n";
  const size_t begin = text.find(fence) + fence.size();
  const std::string program = text.substr(begin, text.find("```", begin) - begin);
  const CheckResult result =
      check("page.ascend", {}, schema_for_test(), [&](const std::filesystem::path&) { return program; });
  EXPECT_TRUE(result.ok()) << render(result.errors);
  EXPECT_EQ(result.resolved.arms.size(), 4u);
  EXPECT_EQ(result.resolved.seeds.size(), 5u);
}

}  // namespace
}  // namespace ascender::spec
