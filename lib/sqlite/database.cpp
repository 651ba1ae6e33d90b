// SPDX-License-Identifier: MIT
#include "sqlite/database.hpp"

#include <sqlite3.h>

namespace atm::sqlite {
namespace {

[[noreturn]] void fail(sqlite3* db, int code) {
  const char* file = db == nullptr ? nullptr : sqlite3_db_filename(db, "main");
  const std::string name = file == nullptr || *file == '\0' ? "database" : file;
  const char* text = db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db);
  throw SqlError(name + ": " + text, db == nullptr ? code : sqlite3_extended_errcode(db));
}

}  // namespace

bool SqlError::is_damage() const noexcept {
  const int primary = code_ & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

Statement::Statement(sqlite3* db, std::string_view sql) : db_(db) {
  const int code = sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr);
  if (code != SQLITE_OK) fail(db, code);
}
Statement::~Statement() {
  sqlite3_finalize(statement_);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) fail(db_, code);
}

Statement& Statement::bind(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index + 1, value));
  return *this;
}
Statement& Statement::bind(int index, std::string_view text) {
  check(sqlite3_bind_text64(statement_, index + 1, text.empty() ? "" : text.data(), text.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}
Statement& Statement::bind_blob(int index, std::string_view bytes) {
  check(sqlite3_bind_blob64(statement_, index + 1, bytes.empty() ? "" : bytes.data(), bytes.size(),
                            SQLITE_TRANSIENT));
  return *this;
}
Statement& Statement::bind_real(int index, double value) {
  check(sqlite3_bind_double(statement_, index + 1, value));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3_reset(statement_);
  fail(db_, code);
}
void Statement::run() {
  while (step()) {
  }
  reset();
}
void Statement::reset() noexcept {
  sqlite3_reset(statement_);
}

int Statement::columns() const noexcept {
  return sqlite3_column_count(statement_);
}
std::string Statement::name(int index) const {
  const char* name = sqlite3_column_name(statement_, index);
  return name == nullptr ? "" : name;
}
bool Statement::is_null(int index) const noexcept {
  return type(index) == SQLITE_NULL;
}
int Statement::type(int index) const noexcept {
  return sqlite3_column_type(statement_, index);
}
std::int64_t Statement::integer(int index) const noexcept {
  return sqlite3_column_int64(statement_, index);
}
double Statement::real(int index) const noexcept {
  return sqlite3_column_double(statement_, index);
}
std::string_view Statement::text(int index) const noexcept {
  const void* bytes = sqlite3_column_blob(statement_, index);
  const int size = sqlite3_column_bytes(statement_, index);
  return bytes == nullptr ? std::string_view{}
                          : std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

Database::Database(const std::string& path, OpenMode mode, int busy_ms) : path_(path) {
  const int flags = mode == OpenMode::kReadOnly    ? SQLITE_OPEN_READONLY
                    : mode == OpenMode::kReadWrite ? SQLITE_OPEN_READWRITE
                                                   : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    const std::string text = path + ": " + (db_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db_));
    sqlite3_close(db_);
    throw SqlError(text, code);
  }
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_busy_timeout(db_, busy_ms);
}
Database::~Database() {
  sqlite3_close(db_);
}

void Database::run(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(db_, code);
}
std::int64_t Database::value(const std::string& sql) {
  Statement one(db_, sql);
  return one.step() ? one.integer(0) : 0;
}

ReadScope::ReadScope(Database& db) : db_(db), is_open_(sqlite3_get_autocommit(db.c()) != 0) {
  if (is_open_) db_.run("BEGIN");
}
ReadScope::~ReadScope() {
  if (is_open_) sqlite3_exec(db_.c(), "COMMIT", nullptr, nullptr, nullptr);
}

Transaction::~Transaction() {
  // A failed statement may have ended the transaction.
  if (is_open_ && sqlite3_get_autocommit(db_.c()) == 0)
    sqlite3_exec(db_.c(), "ROLLBACK", nullptr, nullptr, nullptr);
}
void Transaction::commit() {
  db_.run("COMMIT");
  is_open_ = false;
}

}  // namespace atm::sqlite
