// SPDX-License-Identifier: MIT
#include <sqlite3.h>

#include "history/file.hpp"
#include "history/imports.hpp"

namespace atm::history {

using sqlite::SqlError;
using sqlite::Statement;
using sqlite::Transaction;

std::int64_t HistoryFile::checked_ns() {
  return db_.value("SELECT coalesce(max(ns), 0) FROM checked");
}

std::optional<std::vector<std::string>> HistoryFile::check_structure(
    std::int64_t now_ns, const std::function<bool()>& should_stop) {
  constexpr int kSteps = 1000;
  sqlite3_progress_handler(
      db_.c(), kSteps,
      [](void* context) -> int { return (*static_cast<const std::function<bool()>*>(context))() ? 1 : 0; },
      const_cast<std::function<bool()>*>(&should_stop));
  std::optional<std::vector<std::string>> faults(std::in_place);
  try {
    Statement check(db_.c(), "PRAGMA quick_check");
    while (check.step()) {
      if (check.text(0) != "ok") faults->emplace_back(check.text(0));
    }
  } catch (const SqlError& error) {
    if ((error.code() & 0xff) != SQLITE_INTERRUPT) faults->emplace_back(error.what());
    if ((error.code() & 0xff) == SQLITE_INTERRUPT) faults.reset();
  }
  sqlite3_progress_handler(db_.c(), 0, nullptr, nullptr);
  if (!faults) return faults;
  Transaction transaction(db_);
  db_.run("DELETE FROM checked");
  Statement(db_.c(), "INSERT INTO checked VALUES (?)").with(now_ns).run();
  transaction.commit();
  return faults;
}

std::vector<std::string> HistoryFile::verify() {
  std::vector<std::string> faults;
  Statement check(db_.c(), "PRAGMA quick_check");
  while (check.step()) {
    if (check.text(0) != "ok") faults.emplace_back(check.text(0));
  }
  read(
      0, [](const Input&, std::uint64_t) { return true; },
      [&faults](const std::string& what) { faults.push_back(what); });
  Imports(db_).read([](const Input&) {}, [&faults](const std::string& what) { faults.push_back(what); });
  Statement checkpoints(db_.c(), "SELECT position, seq, state, checksum FROM checkpoint ORDER BY position");
  while (checkpoints.step()) {
    const auto seed = static_cast<std::uint64_t>(checkpoints.integer(0) ^ checkpoints.integer(1));
    if (static_cast<std::int64_t>(hash(checkpoints.text(2), seed)) != checkpoints.integer(3))
      faults.push_back("checkpoint " + std::to_string(checkpoints.integer(0)) + " is damaged");
  }
  // Each row names the last number of its predecessor, so that a lost row is found.
  for (const char* table : {"chunk", "tail"}) {
    Statement rows(
        db_.c(), std::string("SELECT position, previous_seq, last_seq FROM ") + table + " ORDER BY position");
    bool is_first = true;
    std::int64_t last_seq = 0;
    while (rows.step()) {
      if (!is_first && rows.integer(1) != last_seq) {
        faults.push_back(std::string(table) + " " + std::to_string(rows.integer(0)) +
                         " does not follow its predecessor");
      }
      is_first = false;
      last_seq = rows.integer(2);
    }
  }
  return faults;
}

}  // namespace atm::history
