// SPDX-License-Identifier: MIT
#include "history/file.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/file_descriptor.hpp>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "history/imports.hpp"
#include "history/row.hpp"

namespace atm::history {

using sqlite::OpenMode;
using sqlite::Statement;
using sqlite::Transaction;

namespace {

constexpr std::uint32_t kApplicationId = 0x41544d48;  // "ATMH"
constexpr std::uint32_t kVersion = 1;

// A row of `chunk` is compressed, a row of `tail` is not; both hold inputs in order. `position` is the number of the
// first one.
constexpr const char* kSchema = R"sql(
CREATE TABLE chunk (
  position INTEGER PRIMARY KEY, count INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  previous_seq INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, inputs BLOB NOT NULL,
  checksum INTEGER NOT NULL) STRICT;
CREATE TABLE tail (
  position INTEGER PRIMARY KEY, count INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  previous_seq INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, inputs BLOB NOT NULL,
  checksum INTEGER NOT NULL) STRICT;
CREATE TABLE checkpoint (
  position INTEGER PRIMARY KEY, seq INTEGER NOT NULL, ns INTEGER NOT NULL, state BLOB NOT NULL,
  checksum INTEGER NOT NULL) STRICT;
CREATE TABLE gap (
  id INTEGER PRIMARY KEY, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, inputs INTEGER NOT NULL,
  reason TEXT NOT NULL) STRICT;
CREATE TABLE run (
  id INTEGER PRIMARY KEY, started_ns INTEGER NOT NULL, stopped_ns INTEGER NOT NULL, is_clean INTEGER NOT NULL,
  boot TEXT NOT NULL, version TEXT NOT NULL, reserved_seq INTEGER NOT NULL) STRICT;
CREATE INDEX chunk_time ON chunk (last_ns);
)sql";

/// The time of the newest check_structure().
constexpr const char* kChecked = "CREATE TABLE checked (ns INTEGER NOT NULL) STRICT";

std::uint32_t big_endian(const unsigned char* at) noexcept {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

}  // namespace

std::optional<Error> HistoryFile::check_header(const std::string& path) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) {
    if (errno == ENOENT) return std::nullopt;
    return Error{ErrorCode::kIo, "cannot open " + path + ": " + std::strerror(errno)};
  }
  std::array<unsigned char, 100> header{};
  const ssize_t got = ::pread(fd.get(), header.data(), header.size(), 0);
  if (got == 0) return std::nullopt;
  const bool is_sqlite =
      got == static_cast<ssize_t>(header.size()) && std::memcmp(header.data(), "SQLite format 3", 16) == 0;
  if (!is_sqlite || big_endian(&header[68]) != kApplicationId) {
    // A writer that was killed while it created the file leaves an id of 0.
    if (is_sqlite && big_endian(&header[68]) == 0 && big_endian(&header[60]) == 0) return std::nullopt;
    return Error{ErrorCode::kInvalidFormat, path + " is no history file of atm; move it away"};
  }
  const std::uint32_t version = big_endian(&header[60]);
  if (version <= kVersion) return std::nullopt;
  return Error{ErrorCode::kUnsupported, path + " has version " + std::to_string(version) +
                                            ", expected at most " + std::to_string(kVersion) +
                                            "; update atm, or move the file away"};
}

std::unique_ptr<HistoryFile> HistoryFile::open(const std::string& path) {
  const mode_t before = ::umask(0077);
  std::unique_ptr<HistoryFile> file;
  try {
    file.reset(new HistoryFile(path, OpenMode::kCreate));
    file->create_schema();
  } catch (...) {
    ::umask(before);
    throw;
  }
  ::umask(before);
  file->prepare();
  return file;
}

std::unique_ptr<HistoryFile> HistoryFile::open_read_only(const std::string& path) {
  std::unique_ptr<HistoryFile> file(new HistoryFile(path, OpenMode::kReadOnly));
  file->prepare();
  return file;
}

void HistoryFile::create_schema() {
  db_.run("PRAGMA secure_delete = ON");
  // The pages of a new file need their vacuum mode before the first table.
  db_.run("PRAGMA auto_vacuum = INCREMENTAL");
  db_.run("PRAGMA journal_mode = WAL");
  db_.run("PRAGMA synchronous = NORMAL");
  db_.run("PRAGMA journal_size_limit = 16777216");
  if (db_.value("PRAGMA user_version") == kVersion) {
    // Not in the first files of this version; readers do not need them.
    const bool has_checked = db_.value("SELECT count(*) FROM sqlite_schema WHERE name = 'checked'") != 0;
    if (has_checked && Imports(db_).exists()) return;
    Transaction transaction(db_);
    if (!has_checked) db_.run(kChecked);
    Imports(db_).create();
    transaction.commit();
    return;
  }
  Transaction transaction(db_);
  db_.run(kChecked);
  db_.run(kSchema);
  db_.run("PRAGMA application_id = " + std::to_string(kApplicationId));
  db_.run("PRAGMA user_version = " + std::to_string(kVersion));
  Imports(db_).create();
  transaction.commit();
  // The ids reach the header of the file, where an older program looks for them.
  db_.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

void HistoryFile::prepare() {
  data_version_ = db_.value("PRAGMA data_version");
  last_seq_ = 0;
  for (const char* table : {"chunk", "tail"}) {
    Statement last(db_.c(), std::string("SELECT position + count, last_seq FROM ") + table +
                                " ORDER BY position DESC LIMIT 1");
    if (!last.step()) continue;
    position_ = std::max(position_, static_cast<std::uint64_t>(last.integer(0)));
    last_seq_ = std::max(last_seq_, static_cast<std::uint64_t>(last.integer(1)));
  }
  // After a `forget` or a retention of everything, the positions of checkpoints are the highest.
  position_ = std::max(
      position_, static_cast<std::uint64_t>(db_.value("SELECT coalesce(max(position), 0) FROM checkpoint")));
  tail_inputs_ = static_cast<std::uint64_t>(db_.value("SELECT coalesce(sum(count), 0) FROM tail"));
}

void HistoryFile::insert_row(const char* table, std::uint64_t position, std::span<const Input> inputs,
                             std::uint64_t previous_seq) {
  const Row row{position,
                inputs.size(),
                inputs.front().seq,
                inputs.back().seq,
                previous_seq,
                inputs.front().arrived_ns,
                inputs.back().arrived_ns};
  insert_encoded(table, row, encode(inputs));
}

void HistoryFile::insert_encoded(const char* table, const Row& row, const std::string& encoded) {
  const bool is_chunk = std::strcmp(table, "chunk") == 0;
  const std::string bytes = is_chunk ? compress(encoded) : encoded;
  Statement insert(db_.c(), std::string("INSERT INTO ") + table + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.with(row.position, row.count, row.first_seq, row.last_seq, row.previous_seq, row.first_ns,
              row.last_ns);
  insert.bind_blob(7, bytes).bind(8, row.checksum(bytes));
  insert.run();
}

void HistoryFile::append_row(const char* table, std::span<const Input> inputs) {
  insert_row(table, position_, inputs, last_seq_);
  position_ += inputs.size();
  last_seq_ = inputs.back().seq;
}

void HistoryFile::append(std::span<const Input> inputs) {
  // Rows that are chunks at once are encoded once.
  if (tail_inputs_ != 0 && tail_inputs_ + inputs.size() >= kChunkInputs) {
    const std::size_t missing = kChunkInputs - std::min(kChunkInputs, tail_inputs_);
    seal_tail(inputs.first(missing));
    inputs = inputs.subspan(missing);
  }
  for (; inputs.size() >= kChunkInputs; inputs = inputs.subspan(kChunkInputs))
    append_row("chunk", inputs.first(kChunkInputs));
  if (inputs.empty()) return;
  append_row("tail", inputs);
  tail_inputs_ += inputs.size();
}

std::size_t HistoryFile::append_raw(std::string_view inputs) {
  const std::size_t count = count_raw(inputs);
  std::size_t left = count;
  RawReader reader(inputs);
  if (tail_inputs_ != 0 && tail_inputs_ + left >= kChunkInputs) {
    // The rows of the tail and these inputs become a chunk.
    const std::size_t missing = kChunkInputs - std::min(kChunkInputs, tail_inputs_);
    const std::string_view begin = reader.rest();
    for (std::size_t i = 0; i < missing; ++i) static_cast<void>(reader.next());
    append(read_raw(begin.substr(0, begin.size() - reader.rest().size())));
    left -= missing;
  }
  for (; left >= kChunkInputs; left -= kChunkInputs) {
    Input first;
    Input last;
    const std::string encoded = encode(reader, kChunkInputs, first, last);
    insert_encoded(
        "chunk", {position_, kChunkInputs, first.seq, last.seq, last_seq_, first.arrived_ns, last.arrived_ns},
        encoded);
    position_ += kChunkInputs;
    last_seq_ = last.seq;
  }
  append(read_raw(reader.rest()));
  return count;
}

std::optional<std::int64_t> HistoryFile::tail_since_ns() {
  if (tail_inputs_ == 0) return std::nullopt;
  return db_.value("SELECT first_ns FROM tail ORDER BY position LIMIT 1");
}

bool HistoryFile::seal(std::int64_t older_than_ns) {
  const auto since_ns = tail_since_ns();
  if (!since_ns || (tail_inputs_ < kChunkInputs && *since_ns >= older_than_ns)) return false;
  seal_tail({});
  return true;
}

/// Turns the tail and the inputs after it into chunks.
void HistoryFile::seal_tail(std::span<const Input> more) {
  std::vector<Input> inputs;
  std::uint64_t first = 0;
  std::uint64_t previous_seq = 0;
  const auto write = [&] {
    if (!inputs.empty()) insert_row("chunk", first, inputs, previous_seq);
    inputs.clear();
  };
  const auto add = [&](std::uint64_t position, std::uint64_t previous, std::vector<Input> some) {
    // A damaged row leaves a hole between its neighbours.
    if (inputs.size() + some.size() > 2 * kChunkInputs || position != first + inputs.size()) write();
    if (inputs.empty()) {
      first = position;
      previous_seq = previous;
    }
    inputs.insert(inputs.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  };
  Statement rows(db_.c(), "SELECT position, previous_seq, inputs FROM tail ORDER BY position");
  while (rows.step()) {
    auto some = decode(rows.text(2));
    if (!some) continue;  // damaged: it was reported when it was read
    add(static_cast<std::uint64_t>(rows.integer(0)), static_cast<std::uint64_t>(rows.integer(1)),
        std::move(*some));
  }
  if (!more.empty()) {
    add(position_, last_seq_, {more.begin(), more.end()});
    position_ += more.size();
    last_seq_ = more.back().seq;
  }
  write();
  db_.run("DELETE FROM tail");
  tail_inputs_ = 0;
}

void HistoryFile::add_checkpoint(std::string_view state, std::uint64_t seq, std::int64_t now_ns) {
  const std::string bytes = compress(state);
  Statement insert(db_.c(), "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?)");
  insert.with(position_, seq, now_ns);
  insert.bind_blob(3, bytes).bind(4, static_cast<std::int64_t>(hash(bytes, position_ ^ seq)));
  insert.run();
}

void HistoryFile::add_gap(const Gap& gap) {
  Statement insert(db_.c(), "INSERT INTO gap (from_ns, to_ns, inputs, reason) VALUES (?, ?, ?, ?)");
  insert.with(gap.from_ns, gap.to_ns, gap.inputs, gap.reason).run();
}

std::int64_t HistoryFile::begin_run(const Run& run) {
  Statement insert(db_.c(),
                   "INSERT INTO run (started_ns, stopped_ns, is_clean, boot, version, reserved_seq) "
                   "VALUES (?, 0, 0, ?, ?, ?) RETURNING id");
  insert.with(run.started_ns, run.boot, run.version, run.reserved_seq);
  const std::int64_t id = insert.step() ? insert.integer(0) : 0;
  insert.run();
  return id;
}

void HistoryFile::reserve(std::int64_t run, std::uint64_t seq) {
  Statement(db_.c(), "UPDATE run SET reserved_seq = ? WHERE id = ?").with(seq, run).run();
}

void HistoryFile::end_run(std::int64_t run, std::int64_t now_ns) {
  Statement(db_.c(), "UPDATE run SET stopped_ns = ?, is_clean = 1 WHERE id = ?").with(now_ns, run).run();
}

bool HistoryFile::retain(std::int64_t before_ns, std::int64_t max_bytes) {
  const auto changes = [this] { return db_.value("SELECT changes()"); };
  Statement(db_.c(), "DELETE FROM chunk WHERE last_ns < ?").with(before_ns).run();
  bool has_deleted = changes() != 0;
  Imports imports(db_);
  imports.retain(before_ns);
  while (bytes() > max_bytes) {
    if (imports.delete_oldest()) continue;
    db_.run("DELETE FROM chunk WHERE position IN (SELECT position FROM chunk ORDER BY position LIMIT 64)");
    if (changes() == 0) break;
    has_deleted = true;
  }
  // A checkpoint before the first input helps nobody, except that the newest one is needed for a restart.
  Statement(db_.c(),
            "DELETE FROM checkpoint WHERE position < ? AND position < (SELECT max(position) FROM checkpoint)")
      .with(first_position())
      .run();
  Statement(db_.c(), "DELETE FROM gap WHERE to_ns < ?").with(before_ns).run();
  Statement(db_.c(), "DELETE FROM run WHERE started_ns < ? AND id < (SELECT max(id) FROM run)")
      .with(before_ns)
      .run();
  return has_deleted;
}

bool HistoryFile::refresh() {
  const std::int64_t version = db_.value("PRAGMA data_version");
  if (std::exchange(data_version_, version) == version) return false;
  prepare();
  return true;
}

}  // namespace atm::history
