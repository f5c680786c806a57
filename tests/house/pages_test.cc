// Pages that list what the program has: docs/settings.md and docs/errors.md.
#include <filesystem>
#include <gtest/gtest.h>
#include <regex>
#include <set>

#include "ascender/base/file.h"
#include "ascender/report/settings.h"
#include "ascender/train/trainer.h"

namespace ascender {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = ASCENDER_SOURCE_DIR;

std::string page(const char* name) { return read_file(kRoot / "docs" / name); }

TEST(Pages, SettingsAreThoseOfTheProgram) {
  EXPECT_EQ(page("settings.md"), settings_page(training_schema()))
      << "write it anew: ascender settings --page > docs/settings.md";
}

TEST(Pages, EverySettingHasASentence) {
  const Schema schema = training_schema();
  for (const auto& [path, field] : schema.fields()) {
    EXPECT_TRUE(!field.text.empty() && std::isupper(static_cast<unsigned char>(field.text.front())) &&
                field.text.back() == '.')
        << path << ": " << field.text;
  }
}

// The codes of the rows `| E0711-E0714, E0717 | ...`; one that stands in two rows is listed twice.
std::multiset<std::string> explained(const std::string& text) {
  std::multiset<std::string> codes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| E0")) continue;
    const std::string cell = line.substr(0, line.find('|', 1));
    static const std::regex kCodes("E0(\\d+)(?:-E0(\\d+))?");
    for (std::sregex_iterator it(cell.begin(), cell.end(), kCodes), end; it != end; ++it) {
      const int first = std::stoi((*it)[1]), last = (*it)[2].matched ? std::stoi((*it)[2]) : first;
      for (int i = first; i <= last; ++i) codes.insert("E0" + std::to_string(i));
    }
  }
  return codes;
}

std::set<std::string> given_by_the_sources() {
  std::set<std::string> codes;
  for (const char* folder : {"ascender", "apps"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const std::string name = entry.path().filename();
      if (!name.ends_with(".cc") || name.ends_with("_test.cc")) continue;
      const std::string source = read_file(entry.path());
      static const std::regex kQuoted("\"(E0\\d{3})\"");
      for (std::sregex_iterator it(source.begin(), source.end(), kQuoted), end; it != end; ++it)
        codes.insert((*it)[1]);
    }
  }
  return codes;
}

TEST(Pages, EveryCodeIsExplainedOnceAndGivenSomewhere) {
  const std::multiset<std::string> listed = explained(page("language.md") + page("errors.md"));
  const std::set<std::string> given = given_by_the_sources();
  EXPECT_GT(given.size(), 100u);
  for (const std::string& code : given) EXPECT_EQ(listed.count(code), 1u) << code;
  for (const std::string& code : listed) EXPECT_TRUE(given.contains(code)) << code << " is given nowhere";
}

// Two rooms that need a code each take their own; what a reader finds when it opens a file is one code.
TEST(Pages, NoCodeMeansTwoThings) {
  const auto rooms_of = [](const std::string& code) {
    std::set<std::string> rooms;
    for (const auto& room : fs::directory_iterator(kRoot / "ascender")) {
      for (const auto& entry : fs::recursive_directory_iterator(room.path())) {
        const std::string name = entry.path().filename();
        if (!name.ends_with(".cc") || name.ends_with("_test.cc")) continue;
        if (read_file(entry.path()).find('"' + code + '"') != std::string::npos)
          rooms.insert(room.path().filename());
      }
    }
    return rooms;
  };
  for (const std::string& code : given_by_the_sources()) {
    if (code == "E0901") continue;  // a folder that exists: of a run (record) and of a study (lab)
    EXPECT_LE(rooms_of(code).size(), 1u) << code;
  }
}

}  // namespace
}  // namespace ascender
