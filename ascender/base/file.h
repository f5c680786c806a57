// Files that are never half there: written beside, synced, renamed. Reading is by memory map.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ascender {

// Renames a file or folder and syncs the folder it is in: the new name outlives a loss of power.
void rename_synced(const std::filesystem::path& from, const std::filesystem::path& to);

// Writes all of `bytes` to PATH.tmp.PID, syncs it, renames it to PATH and syncs the folder. On any failure
// the old file stays, the temporary one is removed, and EnvironmentError names the call.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file(const std::filesystem::path& path, std::string_view text);

// The same for a file too large to hold: append pieces, then commit() syncs, renames and syncs the folder.
// Destroyed before commit(), it removes the temporary file and the old one stays.
class FileWriter {
 public:
  explicit FileWriter(std::filesystem::path path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  void append(std::span<const std::byte> bytes);
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path beside_;
  int descriptor_ = -1;
};

// The whole file as text; EnvironmentError when it cannot be read.
std::string read_file(const std::filesystem::path& path);

// A read-only memory map of a whole file; empty files map to an empty span.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

// Holds an exclusive lock on PATH while it lives; in a second process held() is false.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  bool held() const { return held_; }

 private:
  int descriptor_ = -1;
  bool held_ = false;
};

}  // namespace ascender
