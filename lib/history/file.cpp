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

namespace atm::history {
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

/// A row of chunk or tail, without its inputs.
struct HistoryFile::Row {
  std::uint64_t position = 0;
  std::uint64_t count = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t previous_seq = 0;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;

  /// Over all columns and the inputs.
  [[nodiscard]] std::int64_t checksum(std::string_view inputs) const noexcept {
    const std::array<std::uint64_t, 7> columns{position,
                                               count,
                                               first_seq,
                                               last_seq,
                                               previous_seq,
                                               static_cast<std::uint64_t>(first_ns),
                                               static_cast<std::uint64_t>(last_ns)};
    const std::string_view bytes(reinterpret_cast<const char*>(columns.data()), sizeof columns);
    return static_cast<std::int64_t>(hash(inputs, hash(bytes)));
  }
  static Row read(const Statement& from) {
    const auto number = [&from](int index) { return static_cast<std::uint64_t>(from.integer(index)); };
    return {number(0), number(1), number(2), number(3), number(4), from.integer(5), from.integer(6)};
  }
};

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

void HistoryFile::insert_row(const char* table, std::uint64_t position, const std::vector<Input>& inputs,
                             std::uint64_t previous_seq) {
  const std::string encoded = encode(inputs);
  const bool is_chunk = std::strcmp(table, "chunk") == 0;
  const std::string bytes = is_chunk ? compress(encoded) : encoded;
  const Row row{position,
                inputs.size(),
                inputs.front().seq,
                inputs.back().seq,
                previous_seq,
                inputs.front().arrived_ns,
                inputs.back().arrived_ns};
  Statement insert(db_.c(), std::string("INSERT INTO ") + table + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.with(row.position, row.count, row.first_seq, row.last_seq, row.previous_seq, row.first_ns,
              row.last_ns);
  insert.bind_blob(7, bytes).bind(8, row.checksum(bytes));
  insert.run();
}

void HistoryFile::append(const std::vector<Input>& inputs) {
  if (inputs.empty()) return;
  insert_row("tail", position_, inputs, last_seq_);
  position_ += inputs.size();
  tail_inputs_ += inputs.size();
  last_seq_ = inputs.back().seq;
}

bool HistoryFile::seal(std::int64_t older_than_ns) {
  if (tail_inputs_ == 0) return false;
  const bool is_old = db_.value("SELECT first_ns FROM tail ORDER BY position LIMIT 1") < older_than_ns;
  if (tail_inputs_ < kChunkInputs && !is_old) return false;
  std::vector<Input> inputs;
  std::uint64_t first = 0;
  std::uint64_t previous_seq = 0;
  Statement rows(db_.c(), "SELECT position, previous_seq, inputs FROM tail ORDER BY position");
  const auto write = [&] {
    if (!inputs.empty()) insert_row("chunk", first, inputs, previous_seq);
    inputs.clear();
  };
  while (rows.step()) {
    auto some = decode(rows.text(2));
    if (!some) continue;  // damaged: it was reported when it was read
    if (inputs.size() + some->size() > 2 * kChunkInputs) write();
    if (inputs.empty()) {
      first = static_cast<std::uint64_t>(rows.integer(0));
      previous_seq = static_cast<std::uint64_t>(rows.integer(1));
    }
    inputs.insert(inputs.end(), std::make_move_iterator(some->begin()), std::make_move_iterator(some->end()));
  }
  write();
  db_.run("DELETE FROM tail");
  tail_inputs_ = 0;
  return true;
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
  while (totals().bytes > max_bytes) {
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

/// What forget() has done so far.
struct HistoryFile::Forgetting {
  const std::function<bool(const Input&)>& is_forgotten;
  std::uint64_t next = 0;                   ///< position of the next row of this pass
  std::optional<std::uint64_t> last_seq{};  ///< of the newest row of this pass that is kept
  std::set<std::string> sessions{};         ///< of deleted inputs
  Gap gap{0, 0, 0, "forgotten"};

  void note(const Input& input) {
    if (!input.session.empty()) sessions.insert(input.session);
    gap.from_ns = gap.inputs == 0 ? input.arrived_ns : std::min(gap.from_ns, input.arrived_ns);
    gap.to_ns = std::max(gap.to_ns, input.arrived_ns);
    ++gap.inputs;
  }
};

std::uint64_t HistoryFile::forget(const std::function<bool(const Input&)>& is_forgotten,
                                  std::int64_t before_ns) {
  Forgetting state{is_forgotten};
  // A daemon may merge rows between two transactions, so that a pass can miss inputs.
  for (bool has_deleted = true; has_deleted;) {
    const std::uint64_t before = state.gap.inputs;
    state.next = 0;
    state.last_seq.reset();
    for (bool is_more = true; is_more;) {
      Transaction transaction(db_);
      is_more = forget_rows(state);
      transaction.commit();
    }
    has_deleted = state.gap.inputs != before;
  }
  if (state.gap.inputs != 0) {
    Transaction transaction(db_);
    forget_checkpoints(state.sessions, before_ns);
    add_gap(state.gap);
    transaction.commit();
  }
  std::uint64_t imported = 0;
  {
    Transaction transaction(db_);
    imported = Imports(db_).forget(is_forgotten);
    transaction.commit();
  }
  const auto unused = [this] { return db_.value("PRAGMA freelist_count"); };
  for (std::int64_t before = 0, now = unused(); now != 0 && now != before; before = now, now = unused())
    db_.run("PRAGMA incremental_vacuum(256)");
  // Each attempt waits as long as the connection waits for a lock.
  for (int attempt = 0; db_.value("PRAGMA wal_checkpoint(TRUNCATE)") != 0; ++attempt) {
    if (attempt == 10)
      throw SqlError(db_.path() + " is read by another program, so that deleted bytes stay in " + db_.path() +
                         "-wal, expected no reader; end it and run atm history forget again",
                     SQLITE_BUSY);
  }
  return state.gap.inputs + imported;
}

bool HistoryFile::forget_rows(Forgetting& state) {
  constexpr std::int64_t kAtOnce = 16;
  struct Found {
    Row row;
    const char* table;
    std::optional<std::vector<Input>> inputs;
  };
  std::vector<Found> rows;
  {
    const std::string columns =
        "position, count, first_seq, last_seq, previous_seq, first_ns, last_ns, inputs";
    Statement some(db_.c(), "SELECT " + columns + ", 1 FROM chunk WHERE position >= ?1 UNION ALL SELECT " +
                                columns + ", 0 FROM tail WHERE position >= ?1 ORDER BY position LIMIT ?2");
    some.with(state.next, kAtOnce);
    while (some.step()) {
      const bool is_chunk = some.integer(8) != 0;
      const auto plain = is_chunk ? expand(some.text(7)) : std::optional(std::string(some.text(7)));
      rows.push_back({Row::read(some), is_chunk ? "chunk" : "tail", plain ? decode(*plain) : std::nullopt});
    }
  }
  std::vector<std::uint64_t> checkpoints;
  for (const CheckpointPlace& one : this->checkpoints()) checkpoints.push_back(one.position);
  for (const Found& found : rows) {
    // The inputs between two checkpoints stay between them.
    std::map<std::uint64_t, std::vector<Input>> kept;
    std::size_t kept_inputs = 0;
    std::uint64_t at = found.row.position;
    // A damaged row may hold what shall be forgotten: it is deleted.
    for (const Input& input : found.inputs.value_or(std::vector<Input>{})) {
      if (at == found.row.position || std::binary_search(checkpoints.begin(), checkpoints.end(), at))
        kept[at];
      ++at;
      if (state.is_forgotten(input)) {
        state.note(input);
        continue;
      }
      kept.rbegin()->second.push_back(input);
      ++kept_inputs;
    }
    const bool is_whole = found.inputs && kept_inputs == found.inputs->size();
    const bool is_chained = !state.last_seq || *state.last_seq == found.row.previous_seq;
    if (!is_whole || !is_chained) {
      Statement(db_.c(), std::string("DELETE FROM ") + found.table + " WHERE position = ?")
          .with(found.row.position)
          .run();
      std::uint64_t previous_seq = state.last_seq.value_or(found.row.previous_seq);
      for (const auto& [position, inputs] : kept) {
        if (inputs.empty()) continue;
        insert_row(found.table, position, inputs, previous_seq);
        previous_seq = inputs.back().seq;
      }
    }
    for (const auto& [position, inputs] : kept) {
      if (!inputs.empty()) state.last_seq = inputs.back().seq;
    }
    state.next = std::max(at, found.row.position + 1);
  }
  return rows.size() == static_cast<std::size_t>(kAtOnce);
}

void HistoryFile::forget_checkpoints(const std::set<std::string>& sessions, std::int64_t before_ns) {
  std::vector<std::int64_t> positions;
  Statement rows(db_.c(), "SELECT position, state FROM checkpoint WHERE ns < ?");
  rows.with(before_ns);
  while (rows.step()) {
    const auto state = expand(rows.text(1));
    const bool names_one =
        !state || std::any_of(sessions.begin(), sessions.end(), [&state](const std::string& id) {
          return state->find(id) != std::string::npos;
        });
    if (names_one) positions.push_back(rows.integer(0));
  }
  for (const std::int64_t position : positions)
    Statement(db_.c(), "DELETE FROM checkpoint WHERE position = ?").with(position).run();
}

bool HistoryFile::refresh() {
  const std::int64_t version = db_.value("PRAGMA data_version");
  if (std::exchange(data_version_, version) == version) return false;
  prepare();
  return true;
}

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
      db_.value("SELECT coalesce((SELECT first_ns FROM chunk ORDER BY position LIMIT 1), "
                "(SELECT first_ns FROM tail ORDER BY position LIMIT 1), 0)"),
      db_.value("SELECT coalesce((SELECT last_ns FROM tail ORDER BY position DESC LIMIT 1), "
                "(SELECT last_ns FROM chunk ORDER BY position DESC LIMIT 1), 0)"),
      (db_.value("PRAGMA page_count") - db_.value("PRAGMA freelist_count")) * db_.value("PRAGMA page_size")};
}

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
