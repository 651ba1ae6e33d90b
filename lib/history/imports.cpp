// SPDX-License-Identifier: MIT
#include "history/imports.hpp"

#include <algorithm>
#include <utility>

namespace atm::history {

using sqlite::Database;
using sqlite::Statement;

namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE imported_file (
  key INTEGER PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL, since_ns INTEGER NOT NULL) STRICT;
CREATE TABLE imported (
  file INTEGER NOT NULL, part INTEGER NOT NULL, count INTEGER NOT NULL, last_ns INTEGER NOT NULL,
  inputs BLOB NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (file, part)) STRICT;
CREATE TABLE import (id INTEGER PRIMARY KEY AUTOINCREMENT, ns INTEGER NOT NULL) STRICT;
CREATE INDEX imported_time ON imported (last_ns);
)sql";

std::int64_t checksum(std::uint64_t file, std::uint64_t part, std::uint64_t count, std::string_view bytes) {
  return static_cast<std::int64_t>(hash(bytes, file ^ (part << 32) ^ count));
}

std::int64_t newest(const std::vector<Input>& inputs) {
  std::int64_t last_ns = 0;
  for (const Input& one : inputs) last_ns = std::max(last_ns, one.time_ns);
  return last_ns;
}

void insert(Database& db, std::uint64_t file, std::uint64_t part, const std::vector<Input>& inputs) {
  const std::string bytes = compress(encode(inputs));
  Statement row(db.c(), "INSERT OR REPLACE INTO imported VALUES (?, ?, ?, ?, ?, ?)");
  row.with(file, part, std::uint64_t{inputs.size()}, newest(inputs));
  row.bind_blob(4, bytes).bind(5, checksum(file, part, inputs.size(), bytes));
  row.run();
}

/// The inputs of a row `file, part, count, inputs, checksum`; nothing if it is damaged.
std::optional<std::vector<Input>> inputs_of(const Statement& row) {
  const auto number = [&row](int index) { return static_cast<std::uint64_t>(row.integer(index)); };
  const std::string_view bytes = row.text(3);
  if (checksum(number(0), number(1), number(2), bytes) != row.integer(4)) return std::nullopt;
  const auto plain = expand(bytes);
  auto inputs = plain ? decode(*plain) : std::nullopt;
  if (inputs && inputs->size() != number(2)) inputs.reset();
  return inputs;
}

}  // namespace

bool Imports::exists() {
  return db_.value("SELECT count(*) FROM sqlite_schema WHERE name = 'imported'") != 0;
}

void Imports::create() {
  if (!exists()) db_.run(kTables);
}

std::optional<ImportedFile> Imports::file(std::uint64_t key) {
  Statement row(
      db_.c(),
      "SELECT device, inode, size, modified_ns, changed_ns, since_ns FROM imported_file WHERE key = ?");
  if (!row.with(key).step()) return std::nullopt;
  const auto number = [&row](int index) { return static_cast<std::uint64_t>(row.integer(index)); };
  return ImportedFile{key, number(0), number(1), number(2), row.integer(3), row.integer(4), row.integer(5)};
}

bool Imports::has(std::uint64_t key, std::uint64_t part, const std::vector<Input>& inputs) {
  Statement known(db_.c(),
                  "SELECT file, part, count, inputs, checksum FROM imported WHERE file = ? AND part = ?");
  return known.with(key, part).step() && inputs_of(known) == inputs;
}

void Imports::put(std::uint64_t key, std::uint64_t part, const std::vector<Input>& inputs) {
  insert(db_, key, part, inputs);
  note_change();
}

void Imports::end(const ImportedFile& file, std::uint64_t parts) {
  Statement(db_.c(), "DELETE FROM imported WHERE file = ? AND part >= ?").with(file.key, parts).run();
  if (db_.value("SELECT changes()") != 0) note_change();
  Statement(db_.c(), "INSERT OR REPLACE INTO imported_file VALUES (?, ?, ?, ?, ?, ?, ?)")
      .with(file.key, file.device, file.inode, file.size, file.modified_ns, file.changed_ns, file.since_ns)
      .run();
}

/// index.db is made again when this number changes.
void Imports::note_change() {
  db_.run("INSERT INTO import (ns) VALUES (unixepoch() * 1000000000)");
  db_.run("DELETE FROM import WHERE id < (SELECT max(id) FROM import)");
}

void Imports::retain(std::int64_t before_ns) {
  if (!exists()) return;
  Statement(db_.c(), "DELETE FROM imported WHERE last_ns < ?").with(before_ns).run();
}

bool Imports::delete_oldest() {
  if (!exists()) return false;
  db_.run("DELETE FROM imported WHERE rowid IN (SELECT rowid FROM imported ORDER BY last_ns LIMIT 16)");
  return db_.value("SELECT changes()") != 0;
}

std::uint64_t Imports::forget(const std::function<bool(const Input&)>& is_forgotten) {
  if (!exists()) return 0;
  std::uint64_t deleted = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> rows;
  {
    Statement all(db_.c(), "SELECT file, part FROM imported ORDER BY file, part");
    while (all.step()) rows.emplace_back(all.integer(0), all.integer(1));
  }
  for (const auto& [file, part] : rows) {
    std::optional<std::vector<Input>> inputs;
    {
      Statement row(db_.c(),
                    "SELECT file, part, count, inputs, checksum FROM imported WHERE file = ? AND part = ?");
      if (!row.with(file, part).step()) continue;
      inputs = inputs_of(row);
    }
    // A damaged row may hold what shall be forgotten: it is deleted.
    std::vector<Input> kept = std::move(inputs).value_or(std::vector<Input>{});
    const std::size_t before = kept.size();
    std::erase_if(kept, is_forgotten);
    if (before != 0 && kept.size() == before) continue;
    deleted += before - kept.size();
    if (kept.empty())
      Statement(db_.c(), "DELETE FROM imported WHERE file = ? AND part = ?").with(file, part).run();
    else
      insert(db_, static_cast<std::uint64_t>(file), static_cast<std::uint64_t>(part), kept);
  }
  if (deleted != 0) note_change();
  return deleted;
}

std::int64_t Imports::change() {
  return exists() ? db_.value("SELECT coalesce(max(id), 0) FROM import") : 0;
}

std::uint64_t Imports::count() {
  return exists() ? static_cast<std::uint64_t>(db_.value("SELECT coalesce(sum(count), 0) FROM imported")) : 0;
}

void Imports::read(const std::function<void(const Input&)>& each,
                   const std::function<void(const std::string&)>& damaged) {
  if (!exists()) return;
  Statement rows(db_.c(), "SELECT file, part, count, inputs, checksum FROM imported ORDER BY file, part");
  while (rows.step()) {
    const auto inputs = inputs_of(rows);
    if (!inputs) {
      if (damaged) damaged("part " + std::to_string(rows.integer(1)) + " of an imported file is damaged");
      continue;
    }
    for (const Input& one : *inputs) each(one);
  }
}

}  // namespace atm::history
