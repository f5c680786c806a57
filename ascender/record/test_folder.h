// For tests: a fresh folder under the system's temporary folder, removed with all it holds; child processes;
// and a disk that is soon full.
#pragma once

#include <filesystem>
#include <optional>
#include <sched.h>
#include <stdlib.h>
#include <string>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ascender {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "ascender.XXXXXX").native();
    path_ = ::mkdtemp(name.data()) == nullptr ? "" : name;
  }
  ~TempFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Starts `body` in a child process, which exits with what it returns. REQUIRES: no other thread runs.
template <class Body>
pid_t start_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  return child;
}

// Runs `body` in a child process in which `folder` is an empty disk of `kilobytes`, and returns its exit
// status; none when this machine lets no process mount one.
template <class Body>
std::optional<int> on_small_disk(const std::filesystem::path& folder, int kilobytes, const Body& body) {
  constexpr int kNotPermitted = 200;
  const pid_t child = start_child([&] {
    const std::string size = "size=" + std::to_string(kilobytes) + "k";
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return kNotPermitted;
    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, size.c_str()) != 0) return kNotPermitted;
    return body();
  });
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotPermitted) return std::nullopt;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace ascender
