// SQLite as the record uses it: a connection and a prepared statement as owners, failures as our errors. A
// file that is not what it should be (foreign, torn, bits flipped) gives InputError naming it; a machine that
// refuses (full disk, no permission, locked for 30 s) gives EnvironmentError with SQLite's text.
//
// SQLite's locks are POSIX locks: a process that has a connection open must not open and close the same file
// by other means, for that would drop its locks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace ascender {

class Statement {
 public:
  Statement(sqlite3* database, std::string_view file, std::string_view sql);

  // Parameters from 1; text must live until the step.
  Statement& bind(int parameter, int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_null(int parameter);

  bool step();  // true: a row is there
  void run();   // steps once, expects no row, resets

  bool is_null(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* database_;
  std::string file_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // kRead never changes the content. It opens the file for writing all the same where it may, as the last
  // reader of a write-ahead log has to fold it in; in a folder that cannot be written it reads the file as it
  // stands.
  enum class Mode { kWrite, kRead };
  Database(const std::filesystem::path& path, Mode mode);

  void execute(const char* sql);
  void sync();  // the database file itself, whatever PRAGMA synchronous says
  Statement prepare(std::string_view sql) const { return {database_.get(), file_, sql}; }
  int64_t integer(std::string_view sql) const;  // the first column of the first row; 0 for NULL
  const std::string& file() const { return file_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::string file_;
  std::unique_ptr<sqlite3, Close> database_;
};

// InputError "FILE is damaged: WHY".
[[noreturn]] void throw_damaged(std::string_view file, std::string_view why);

}  // namespace ascender
