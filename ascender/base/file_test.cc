#include "ascender/base/file.h"

#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ascender/base/error.h"

namespace ascender {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string pattern = (fs::temp_directory_path() / "ascender-file-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileTest() override { fs::remove_all(folder_); }

  static size_t entries(const fs::path& folder) {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }
  fs::path folder_;
};

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const EnvironmentError& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(FileTest, WritesReadsAndReplaces) {
  const fs::path path = folder_ / "a";
  write_file(path, "one");
  EXPECT_EQ(read_file(path), "one");
  const std::string large(300000, 'x');
  write_file(path, large);
  EXPECT_EQ(read_file(path), large);
  write_file(path, "");
  EXPECT_EQ(read_file(path), "");
  EXPECT_EQ(entries(folder_), 1u);
}

TEST_F(FileTest, AFolderThatIsAFileIsRefusedByName) {
  write_file(folder_ / "file", "x");
  const std::string what = message_of([&] { write_file(folder_ / "file" / "b", "y"); });
  EXPECT_NE(what.find("open"), std::string::npos) << what;
  EXPECT_NE(what.find("Not a directory"), std::string::npos) << what;
}

TEST_F(FileTest, AFailedRenameLeavesNothingBehind) {
  fs::create_directory(folder_ / "taken");
  write_file(folder_ / "taken" / "inside", "x");
  const std::string what = message_of([&] { write_file(folder_ / "taken", "y"); });
  EXPECT_NE(what.find("rename"), std::string::npos) << what;
  EXPECT_EQ(entries(folder_), 1u);
  EXPECT_TRUE(fs::is_directory(folder_ / "taken"));
}

// A file size limit stands for any write that fails half way.
TEST_F(FileTest, AFailedWriteKeepsTheOldFile) {
  const fs::path path = folder_ / "a";
  write_file(path, "old");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string what = message_of([&] { write_file(path, std::string(10000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(what.find("File too large"), std::string::npos) << what;
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(entries(folder_), 1u);
}

// In a child with a mount namespace of its own. 0: as it should be, 1: not, 77: no such namespace here.
int write_to_a_full_disk(const fs::path& folder) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=64k") != 0) {
    return 77;
  }
  write_file(folder / "a", "old");
  const std::string what = message_of([&] { write_file(folder / "a", std::string(1 << 20, 'x')); });
  const bool named = what.find("No space left") != std::string::npos;
  const auto left = std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  return named && left == 1 && read_file(folder / "a") == "old" ? 0 : 1;
}

TEST_F(FileTest, AFullDiskKeepsTheOldFile) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(write_to_a_full_disk(folder_));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no mount namespace with a small tmpfs here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(FileTest, WriterJoinsItsPieces) {
  FileWriter writer(folder_ / "a");
  for (std::string_view piece : {"one", "", "two"}) writer.append(std::as_bytes(std::span(piece)));
  EXPECT_FALSE(fs::exists(folder_ / "a"));
  writer.commit();
  EXPECT_EQ(read_file(folder_ / "a"), "onetwo");
}

TEST_F(FileTest, AnAbandonedWriterLeavesTheOldFile) {
  write_file(folder_ / "a", "old");
  {
    FileWriter writer(folder_ / "a");
    writer.append(std::as_bytes(std::span("new", 3)));
  }
  EXPECT_EQ(read_file(folder_ / "a"), "old");
  EXPECT_EQ(entries(folder_), 1u);
}

TEST_F(FileTest, AMissingFileIsNamed) {
  const fs::path path = folder_ / "none";
  for (const std::string& what :
       {message_of([&] { read_file(path); }), message_of([&] { MappedFile{path}; })}) {
    EXPECT_EQ(what, "open " + path.string() + ": No such file or directory");
  }
}

TEST_F(FileTest, MapShowsTheBytesAndMoves) {
  write_file(folder_ / "a", "hello");
  MappedFile first(folder_ / "a");
  MappedFile second(std::move(first));
  ASSERT_EQ(second.bytes().size(), 5u);
  EXPECT_EQ(std::to_integer<char>(second.bytes()[1]), 'e');
  EXPECT_TRUE(first.bytes().empty());
}

TEST_F(FileTest, MapOfAnEmptyFileIsEmptyAndOfAFolderIsRefused) {
  write_file(folder_ / "a", "");
  EXPECT_TRUE(MappedFile(folder_ / "a").bytes().empty());
  EXPECT_NE(message_of([&] { MappedFile{folder_}; }), "no error");
}

TEST_F(FileTest, ALockIsHeldOnceAndFreedAtItsEnd) {
  const fs::path path = folder_ / "lock";
  {
    const FileLock first(path);
    EXPECT_TRUE(first.held());
    EXPECT_FALSE(FileLock(path).held());
  }
  EXPECT_TRUE(FileLock(path).held());
}

}  // namespace
}  // namespace ascender
