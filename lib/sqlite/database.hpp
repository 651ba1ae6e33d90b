// SPDX-License-Identifier: MIT
// SQLite without its C calls: a connection and its statements. One thread at a time.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace atm::sqlite {

/// A call of SQLite failed; the text names the file and SQLite's reason.
class SqlError final : public std::runtime_error {
 public:
  SqlError(const std::string& text, int code) : std::runtime_error(text), code_(code) {}
  /// SQLite's extended result code.
  [[nodiscard]] int code() const noexcept { return code_; }
  /// Whether the content of the file is damaged, or it is no database.
  [[nodiscard]] bool is_damage() const noexcept;

 private:
  int code_;
};

/// A prepared statement. bind() and column() count from 0.
class Statement final {
 public:
  Statement(sqlite3* db, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::string_view text);
  Statement& bind_blob(int index, std::string_view bytes);
  Statement& bind_real(int index, double value);
  /// Binds all values from index 0 on.
  template <class... Values>
  Statement& with(const Values&... values) {
    int index = 0;
    (bind_any(index++, values), ...);
    return *this;
  }

  /// True: a row is present. Throws SqlError.
  bool step();
  /// Runs a statement without rows, and resets it.
  void run();
  void reset() noexcept;

  [[nodiscard]] int columns() const noexcept;
  [[nodiscard]] std::string name(int index) const;
  [[nodiscard]] bool is_null(int index) const noexcept;
  /// SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB or SQLITE_NULL.
  [[nodiscard]] int type(int index) const noexcept;
  [[nodiscard]] std::int64_t integer(int index) const noexcept;
  [[nodiscard]] double real(int index) const noexcept;
  /// Text or bytes; valid until the next step.
  [[nodiscard]] std::string_view text(int index) const noexcept;

 private:
  void bind_any(int index, std::int64_t value) { bind(index, value); }
  void bind_any(int index, int value) { bind(index, std::int64_t{value}); }
  void bind_any(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind_any(int index, std::string_view value) { bind(index, value); }
  void bind_any(int index, const std::string& value) { bind(index, std::string_view(value)); }
  void bind_any(int index, const char* value) { bind(index, std::string_view(value)); }
  void check(int code) const;

  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
};

enum class OpenMode : std::uint8_t { kReadOnly, kReadWrite, kCreate };

class Database final {
 public:
  /// A call waits up to `busy_ms` milliseconds for another connection. Throws SqlError.
  Database(const std::string& path, OpenMode mode, int busy_ms = 1000);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& sql);
  /// The first column of the first row; 0 without one.
  [[nodiscard]] std::int64_t value(const std::string& sql);
  [[nodiscard]] sqlite3* c() const noexcept { return db_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  sqlite3* db_ = nullptr;
};

/// One state of the database for several statements. No effect within a transaction.
class ReadScope final {
 public:
  explicit ReadScope(Database& db);
  ~ReadScope();
  ReadScope(const ReadScope&) = delete;
  ReadScope& operator=(const ReadScope&) = delete;

 private:
  Database& db_;
  bool is_open_;
};

/// A transaction that ends with a rollback unless commit() was called.
class Transaction final {
 public:
  explicit Transaction(Database& db) : db_(db) { db_.run("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& db_;
  bool is_open_ = true;
};

}  // namespace atm::sqlite
