// The rooms and what each may include (docs/design.md): includes point down, and no room sees one above it.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace ascender {
namespace {

namespace fs = std::filesystem;
using Rooms = std::map<std::string, std::set<std::string>>;

const Rooms kMayInclude = {
    {"base", {}},
    {"tensor", {"base"}},
    {"tile", {"tensor", "base"}},
    {"kernels", {"tile", "tensor", "base"}},
    {"autograd", {"kernels", "tensor", "base"}},
    {"nn", {"autograd", "kernels", "tensor", "base"}},
    {"data", {"tensor", "base"}},
    {"record", {"base"}},
    // tile: the SIMD target that a run records
    {"train", {"nn", "data", "record", "autograd", "kernels", "tile", "tensor", "base"}},
    {"branch", {"train", "record", "nn", "autograd", "data", "base"}},
    {"spec", {"base"}},
    {"lab", {"spec", "branch", "train", "nn", "data", "record", "kernels", "base"}},
    {"report", {"record", "base"}},
};

std::vector<fs::path> sources() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(ASCENDER_SOURCE_DIR) / "ascender")) {
    const std::string ext = entry.path().extension();
    if (ext == ".h" || ext == ".cc") out.push_back(entry.path());
  }
  return out;
}

std::string room_of(const fs::path& file) {
  return fs::relative(file, fs::path(ASCENDER_SOURCE_DIR) / "ascender").begin()->string();
}

std::vector<std::string> included_rooms(const fs::path& file) {
  static const std::regex kInclude(R"re(^\s*#\s*include\s+"ascender/([a-z_]+)/)re");
  std::vector<std::string> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_search(line, match, kInclude)) out.push_back(match[1]);
  }
  return out;
}

bool is_test(const fs::path& file) {
  const std::string name = file.filename();
  return name.find("_test.") != std::string::npos || name.find("_bench.") != std::string::npos;
}

// Files that are included once for every SIMD target.
bool is_body(const fs::path& file) {
  const std::string name = file.filename();
  return name.find("-inl.h") != std::string::npos || name.find("_body.h") != std::string::npos ||
         name == "foreach_target.h";
}

TEST(House, RoomsIncludeOnlyTheRoomsBelowThatTheirRowNames) {
  size_t includes = 0;
  for (const fs::path& file : sources()) {
    const std::string room = room_of(file);
    ASSERT_TRUE(kMayInclude.contains(room)) << file << " is in no known room";
    if (is_test(file)) continue;
    for (const std::string& other : included_rooms(file)) {
      ++includes;
      EXPECT_TRUE(other == room || kMayInclude.at(room).contains(other))
          << file << " includes room " << other;
    }
  }
  EXPECT_GT(includes, 100u);
}

TEST(House, EveryHeaderIsGuardedAndSaysWhatItIs) {
  for (const fs::path& file : sources()) {
    if (file.extension() != ".h") continue;
    std::ifstream in(file);
    std::string first, text, line;
    std::getline(in, first);
    while (std::getline(in, line)) text += line + "\n";
    EXPECT_EQ(first.rfind("//", 0), 0u) << file << " does not begin with a comment";
    EXPECT_TRUE(text.find("#pragma once") != std::string::npos || is_body(file)) << file;
    if (file.native().find("/cuda/") == std::string::npos) {
      EXPECT_EQ(text.find("using namespace"), std::string::npos) << file;
    }
  }
}

// So that every header compiles alone: the build compiles those without a source of their name
// (cmake/rooms.cmake).
TEST(House, ASourceIncludesItsHeaderFirst) {
  for (const fs::path& file : sources()) {
    if (file.extension() != ".cc") continue;
    const fs::path header = fs::path(file).replace_extension(".h");
    if (!fs::exists(header)) continue;
    std::ifstream in(file);
    std::string line;
    while (std::getline(in, line) && line.rfind("#include", 0) != 0) {
    }
    EXPECT_NE(line.find("/" + header.filename().native() + "\""), std::string::npos) << file << ": " << line;
  }
}

TEST(House, FilesStaySmall) {
  for (const fs::path& file : sources()) {
    std::ifstream in(file);
    int lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    EXPECT_LE(lines, 500) << file;
  }
}

}  // namespace
}  // namespace ascender
