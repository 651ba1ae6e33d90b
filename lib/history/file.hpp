// SPDX-License-Identifier: MIT
// history.db: the inputs of the registry, its checkpoints, the gaps and the runs of the daemon.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "history/input.hpp"
#include "sqlite/database.hpp"

namespace atm::history {

/// Numbers of events are reserved in the file before they are used, in blocks of this size.
inline constexpr std::uint64_t kSeqBlock = 65'536;
/// A chunk holds this many inputs, unless it is sealed for its age.
inline constexpr std::uint64_t kChunkInputs = 1'024;

/// A time without stored inputs.
struct Gap {
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
  std::uint64_t inputs = 0;  ///< number of dropped inputs; 0: unknown
  std::string reason;        ///< `overflow`, `disk`, `damaged`, `unclean`, `forgotten`, `late`
};

/// One life of a daemon.
struct Run {
  std::int64_t id = 0;
  std::int64_t started_ns = 0;
  std::int64_t stopped_ns = 0;  ///< 0: it runs, or it was killed
  bool is_clean = false;
  std::string boot;
  std::string version;
  std::uint64_t reserved_seq = 0;
};

/// Where a checkpoint stands: after the inputs before `position`.
struct CheckpointPlace {
  std::uint64_t position = 0;
  std::int64_t at_ns = 0;
};

/// What a restart needs.
struct Restored {
  /// Newest first; the reader takes the first that is readable.
  std::vector<std::string> checkpoints;
  /// The position after which each checkpoint stands.
  std::vector<std::uint64_t> positions;
  bool is_unclean = false;
  std::uint64_t next_seq = 0;
  bool is_empty = true;
};

struct Totals {
  std::uint64_t inputs = 0;
  std::uint64_t chunks = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t gaps = 0;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  std::int64_t bytes = 0;  ///< of the database file, used pages
};

/// The file, for one writer or for readers. Every function throws SqlError.
class HistoryFile final {
 public:
  /// Reads the ids in the header without SQLite, so that a newer file stays untouched. Nothing if `path` is absent, empty
  /// or a file of this version; else what is wrong.
  [[nodiscard]] static std::optional<Error> check_header(const std::string& path);

  /// For the writer: creates the file and its schema.
  [[nodiscard]] static std::unique_ptr<HistoryFile> open(const std::string& path);
  /// For readers. The file must exist.
  [[nodiscard]] static std::unique_ptr<HistoryFile> open_read_only(const std::string& path);

  // For the writer, within a transaction.

  /// Number of inputs ever appended: the position of the next one.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  void append(std::span<const Input> inputs);
  /// The same for a buffer of append_raw(). Returns the number of inputs.
  std::size_t append_raw(std::string_view inputs);
  /// That of the newest input.
  [[nodiscard]] std::uint64_t last_seq() const noexcept { return last_seq_; }
  /// When the oldest input of the tail arrived; nothing without a tail.
  [[nodiscard]] std::optional<std::int64_t> tail_since_ns();
  /// Turns the tail into chunks if it holds kChunkInputs, or if its first input arrived before `older_than_ns`.
  bool seal(std::int64_t older_than_ns);
  void add_checkpoint(std::string_view state, std::uint64_t seq, std::int64_t now_ns);
  void add_gap(const Gap& gap);
  std::int64_t begin_run(const Run& run);
  void reserve(std::int64_t run, std::uint64_t seq);
  void end_run(std::int64_t run, std::int64_t now_ns);
  /// Deletes chunks and checkpoints that are older than `before_ns`, and the oldest ones while the file is larger than
  /// `max_bytes`. Returns whether it deleted something.
  bool retain(std::int64_t before_ns, std::int64_t max_bytes);
  /// For the writer: whether another connection has changed the file since the last call; then position() and the links
  /// between rows hold again. Within a transaction.
  bool refresh();

  // For `forget`, without a transaction.

  /// Rewrites all rows without the inputs for which `is_forgotten` holds, and deletes the checkpoints before `before_ns`
  /// that name a session of them. A daemon may write at the same time. Returns the number of deleted inputs, imported
  /// ones included.
  std::uint64_t forget(const std::function<bool(const Input&)>& is_forgotten,
                       std::int64_t before_ns = INT64_MAX);

  // For readers and the writer.

  [[nodiscard]] Restored restored();
  /// Calls `each` with the inputs from `position` on, in order, until it returns false. A damaged row is skipped and
  /// reported to `damaged`, if given.
  void read(std::uint64_t position, const std::function<bool(const Input&, std::uint64_t position)>& each,
            const std::function<void(const std::string&)>& damaged = {});
  /// The newest checkpoint that was written at or before `at_ns` and passes its checksum.
  [[nodiscard]] std::optional<std::pair<std::uint64_t, std::string>> checkpoint_before(std::int64_t at_ns);
  /// In order of their position.
  [[nodiscard]] std::vector<CheckpointPlace> checkpoints();
  [[nodiscard]] std::uint64_t first_position();
  /// The first input of the row that contains `at_ns`, or follows it.
  [[nodiscard]] std::uint64_t position_at(std::int64_t at_ns);
  [[nodiscard]] std::vector<Gap> gaps(std::int64_t from_ns, std::int64_t to_ns);
  [[nodiscard]] std::vector<Run> runs();
  /// Reads a page of each row.
  [[nodiscard]] Totals totals();
  /// Size of the used pages.
  [[nodiscard]] std::int64_t bytes();
  /// When the oldest and the newest input arrived; 0: there is none.
  [[nodiscard]] std::int64_t first_ns();
  [[nodiscard]] std::int64_t last_ns();
  /// The faults that SQLite's quick_check finds; nothing if `should_stop` ended it. The time of the last one is kept.
  [[nodiscard]] std::optional<std::vector<std::string>> check_structure(
      std::int64_t now_ns, const std::function<bool()>& should_stop);
  /// 0: never.
  [[nodiscard]] std::int64_t checked_ns();
  /// Every fault of the file: SQLite's quick_check, and the checksum and order of every row.
  [[nodiscard]] std::vector<std::string> verify();

  [[nodiscard]] sqlite::Database& database() noexcept { return db_; }

 private:
  HistoryFile(const std::string& path, sqlite::OpenMode mode) : db_(path, mode) {}
  struct Row;
  struct Forgetting;

  void create_schema();
  void prepare();
  /// The next rows; false: they were the last ones.
  bool forget_rows(Forgetting& state);
  void forget_checkpoints(const std::set<std::string>& sessions, std::int64_t before_ns);
  void insert_row(const char* table, std::uint64_t position, std::span<const Input> inputs,
                  std::uint64_t previous_seq);
  void insert_encoded(const char* table, const Row& row, const std::string& encoded);
  void append_row(const char* table, std::span<const Input> inputs);
  void seal_tail(std::span<const Input> more);

  sqlite::Database db_;
  std::uint64_t position_ = 0;
  std::uint64_t last_seq_ = 0;
  std::uint64_t tail_inputs_ = 0;
  std::int64_t data_version_ = 0;
};

}  // namespace atm::history
