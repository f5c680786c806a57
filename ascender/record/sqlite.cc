#include "ascender/record/sqlite.h"

#include <fmt/core.h>
#include <sqlite3.h>
#include <unistd.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"

namespace ascender {
namespace {

constexpr int kBusyMilliseconds = 30'000;

[[noreturn]] void fail(int code, sqlite3* database, std::string_view file, std::string_view doing) {
  const char* why = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_ERROR:  // our statements are fixed: what they name is missing from the file
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
      throw_damaged(file, why);
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_CONSTRAINT:
      check_failed("sqlite", __FILE__, __LINE__, fmt::format("{} {}: {}", doing, file, why));
    default:
      throw EnvironmentError(fmt::format("{} {}: {}", doing, file, why));
  }
}

// file:PATH?immutable=1 reads a database in a folder where no lock file can be made.
std::string immutable_uri(std::string_view path) {
  std::string uri = "file:";
  for (char c : path) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

bool can_write(const std::filesystem::path& path) {
  const std::filesystem::path folder =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return ::access(path.c_str(), W_OK) == 0 && ::access(folder.c_str(), W_OK) == 0;
}

}  // namespace

void throw_damaged(std::string_view file, std::string_view why) {
  throw InputError("E0911", fmt::format("{} is damaged: {}", file, why));
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Statement::Statement(sqlite3* database, std::string_view file, std::string_view sql)
    : database_(database), file_(file) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) fail(code, database_, file_, "read");
}

Statement& Statement::bind(int parameter, int64_t value) {
  const int code = sqlite3_bind_int64(statement_.get(), parameter, value);
  if (code != SQLITE_OK) fail(code, database_, file_, "bind");
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  const int code = sqlite3_bind_double(statement_.get(), parameter, value);
  if (code != SQLITE_OK) fail(code, database_, file_, "bind");
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  const int code = sqlite3_bind_text(statement_.get(), parameter, text.data(), static_cast<int>(text.size()),
                                     SQLITE_STATIC);
  if (code != SQLITE_OK) fail(code, database_, file_, "bind");
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  const int code = sqlite3_bind_null(statement_.get(), parameter);
  if (code != SQLITE_OK) fail(code, database_, file_, "bind");
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE)
    fail(code, database_, file_, sqlite3_stmt_readonly(statement_.get()) ? "read" : "write");
  return false;
}

void Statement::run() {
  const bool row = step();
  ASC_CHECK(!row, "a statement that writes gave a row");
  sqlite3_reset(statement_.get());
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}
int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? "" : std::string(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
}

Database::Database(const std::filesystem::path& path, Mode mode) : file_(path.native()) {
  const bool locked_out = mode == Mode::kRead && !can_write(path);
  const bool immutable = locked_out && !std::filesystem::exists(file_ + "-wal");
  int flags = locked_out ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE;
  if (mode == Mode::kWrite) flags |= SQLITE_OPEN_CREATE;
  const std::string name = immutable ? immutable_uri(file_) : file_;
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  if (code != SQLITE_OK) fail(code, database, file_, "open");
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, kBusyMilliseconds);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
  if (mode == Mode::kRead) execute("PRAGMA query_only = ON");
}

void Database::execute(const char* sql) {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, database_.get(), file_, "write");
}

void Database::sync() {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  const int code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) fail(code, nullptr, file_, "fsync");
}

int64_t Database::integer(std::string_view sql) const {
  Statement statement = prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

}  // namespace ascender
