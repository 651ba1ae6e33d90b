// SPDX-License-Identifier: MIT
#include <cstring>

#include "history/file.hpp"
#include "history/row.hpp"

namespace atm::history {

using sqlite::ReadScope;
using sqlite::Statement;

Restored HistoryFile::restored() {
  Restored to;
  Statement last_run(db_.c(), "SELECT is_clean, reserved_seq FROM run ORDER BY id DESC LIMIT 1");
  if (last_run.step()) {
    to.is_empty = false;
    to.is_unclean = last_run.integer(0) == 0;
    to.next_seq = to.is_unclean ? static_cast<std::uint64_t>(last_run.integer(1)) : last_seq_;
  }
  Statement rows(db_.c(),
                 "SELECT position, seq, state, checksum FROM checkpoint ORDER BY position DESC LIMIT 8");
  while (rows.step()) {
    const auto position = static_cast<std::uint64_t>(rows.integer(0));
    const auto seq = static_cast<std::uint64_t>(rows.integer(1));
    if (static_cast<std::int64_t>(hash(rows.text(2), position ^ seq)) != rows.integer(3)) continue;
    auto state = expand(rows.text(2));
    if (!state) continue;
    to.checkpoints.push_back(std::move(*state));
    to.positions.push_back(position);
  }
  return to;
}

void HistoryFile::read(std::uint64_t position,
                       const std::function<bool(const Input&, std::uint64_t position)>& each,
                       const std::function<void(const std::string&)>& damaged) {
  // The writer may turn the tail into a chunk between the two queries.
  const ReadScope scope(db_);
  for (const char* table : {"chunk", "tail"}) {
    const std::string from = std::string(" FROM ") + table + " WHERE ";
    Statement rows(
        db_.c(),
        "SELECT position, count, first_seq, last_seq, previous_seq, first_ns, last_ns, inputs, checksum" +
            from + "position >= (SELECT coalesce(max(position), 0)" + from +
            "position <= ?1) AND position + count > ?1 ORDER BY position");
    rows.with(position);
    while (rows.step()) {
      const Row row = Row::read(rows);
      const std::string_view bytes = rows.text(7);
      std::optional<std::vector<Input>> inputs;
      if (row.checksum(bytes) == rows.integer(8)) {
        const bool is_chunk = std::strcmp(table, "chunk") == 0;
        const auto plain = is_chunk ? expand(bytes) : std::optional(std::string(bytes));
        if (plain) inputs = decode(*plain);
      }
      if (!inputs || inputs->size() != row.count) {
        if (damaged) damaged(std::string(table) + " " + std::to_string(row.position) + " is damaged");
        continue;
      }
      std::uint64_t at = row.position;
      for (const Input& input : *inputs) {
        if (at >= position && !each(input, at)) return;
        ++at;
      }
    }
  }
}

std::optional<std::pair<std::uint64_t, std::string>> HistoryFile::checkpoint_before(std::int64_t at_ns) {
  Statement rows(
      db_.c(), "SELECT position, seq, state, checksum FROM checkpoint WHERE ns <= ? ORDER BY position DESC");
  rows.with(at_ns);
  while (rows.step()) {
    const auto position = static_cast<std::uint64_t>(rows.integer(0));
    const auto seq = static_cast<std::uint64_t>(rows.integer(1));
    if (static_cast<std::int64_t>(hash(rows.text(2), position ^ seq)) != rows.integer(3)) continue;
    if (auto state = expand(rows.text(2))) return std::pair(position, std::move(*state));
  }
  return std::nullopt;
}

std::vector<CheckpointPlace> HistoryFile::checkpoints() {
  Statement rows(db_.c(), "SELECT position, ns FROM checkpoint ORDER BY position");
  std::vector<CheckpointPlace> all;
  while (rows.step()) all.push_back({static_cast<std::uint64_t>(rows.integer(0)), rows.integer(1)});
  return all;
}

std::uint64_t HistoryFile::first_position() {
  return static_cast<std::uint64_t>(
      db_.value("SELECT coalesce((SELECT min(position) FROM chunk), (SELECT min(position) FROM tail), " +
                std::to_string(position_) + ")"));
}

std::uint64_t HistoryFile::position_at(std::int64_t at_ns) {
  for (const char* table : {"chunk", "tail"}) {
    Statement row(db_.c(), std::string("SELECT position FROM ") + table +
                               " WHERE last_ns >= ? ORDER BY position LIMIT 1");
    if (row.with(at_ns).step()) return static_cast<std::uint64_t>(row.integer(0));
  }
  return position_;
}

std::vector<Gap> HistoryFile::gaps(std::int64_t from_ns, std::int64_t to_ns) {
  Statement rows(
      db_.c(),
      "SELECT from_ns, to_ns, inputs, reason FROM gap WHERE to_ns >= ? AND from_ns <= ? ORDER BY from_ns");
  rows.with(from_ns, to_ns);
  std::vector<Gap> all;
  while (rows.step())
    all.push_back({rows.integer(0), rows.integer(1), static_cast<std::uint64_t>(rows.integer(2)),
                   std::string(rows.text(3))});
  return all;
}

std::vector<Run> HistoryFile::runs() {
  Statement rows(
      db_.c(),
      "SELECT id, started_ns, stopped_ns, is_clean, boot, version, reserved_seq FROM run ORDER BY id");
  std::vector<Run> all;
  while (rows.step())
    all.push_back({rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3) != 0,
                   std::string(rows.text(4)), std::string(rows.text(5)),
                   static_cast<std::uint64_t>(rows.integer(6))});
  return all;
}

Totals HistoryFile::totals() {
  const auto count = [this](const char* sql) { return static_cast<std::uint64_t>(db_.value(sql)); };
  return {
      count(
          "SELECT (SELECT coalesce(sum(count), 0) FROM chunk) + (SELECT coalesce(sum(count), 0) FROM tail)"),
      count("SELECT count(*) FROM chunk"),
      count("SELECT count(*) FROM checkpoint"),
      count("SELECT count(*) FROM gap"),
      first_ns(),
      last_ns(),
      bytes()};
}

std::int64_t HistoryFile::bytes() {
  return (db_.value("PRAGMA page_count") - db_.value("PRAGMA freelist_count")) *
         db_.value("PRAGMA page_size");
}

std::int64_t HistoryFile::first_ns() {
  return db_.value(
      "SELECT coalesce((SELECT first_ns FROM chunk ORDER BY position LIMIT 1), "
      "(SELECT first_ns FROM tail ORDER BY position LIMIT 1), 0)");
}

std::int64_t HistoryFile::last_ns() {
  return db_.value(
      "SELECT coalesce((SELECT last_ns FROM tail ORDER BY position DESC LIMIT 1), "
      "(SELECT last_ns FROM chunk ORDER BY position DESC LIMIT 1), 0)");
}

}  // namespace atm::history
