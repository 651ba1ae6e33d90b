// SPDX-License-Identifier: MIT
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "history/file.hpp"
#include "history/imports.hpp"
#include "history/row.hpp"

namespace atm::history {

using sqlite::SqlError;
using sqlite::Statement;
using sqlite::Transaction;

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

}  // namespace atm::history
