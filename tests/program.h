// Runs the program as a user would: a child process, its output and exit code; or killed on the way.
#pragma once

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "ascender/base/file.h"

namespace ascender {

inline const std::string kProgram = std::string(ASCENDER_BINARY_DIR) + "/ascender";

struct Finished {
  int exit_code = -1;  // -1: killed by a signal
  std::string output;  // both streams
};

class Program {
 public:
  Program(const std::vector<std::string>& arguments, const std::filesystem::path& folder)
      : log_(folder / "output.txt") {
    pid_ = ::fork();
    if (pid_ != 0) return;
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    const int out = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(out, 1);
    ::dup2(out, 2);
    std::vector<char*> argv{const_cast<char*>(kProgram.c_str())};
    for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  void signal(int number) const { ::kill(pid_, number); }
  Finished wait() const {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(log_)};
  }

 private:
  std::filesystem::path log_;
  pid_t pid_;
};

inline Finished run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
  return Program(arguments, folder).wait();
}

// A folder that is gone with the test.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "ascender-test-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace ascender
