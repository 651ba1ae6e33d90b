// SPDX-License-Identifier: MIT
#include "history/index.hpp"

#include <sys/stat.h>

#include <vector>

#include "history/imports.hpp"

namespace atm::history {

using sqlite::OpenMode;
using sqlite::ReadScope;
using sqlite::Statement;
using sqlite::Transaction;

namespace {

constexpr std::int64_t kIndexVersion = 4;
constexpr std::uint64_t kInputsPerTransaction = 20'000;

// Times are Unix time in nanoseconds; an `ended_ns` that is absent is still open. `awake_ns` is a duration that does not
// count the sleep of the machine or the time without a daemon.
constexpr std::string_view kIndexSchema = R"sql(CREATE TABLE session (
  id TEXT PRIMARY KEY, agent TEXT NOT NULL, directory TEXT NOT NULL, project TEXT NOT NULL, model TEXT NOT NULL,
  agent_version TEXT NOT NULL, pane TEXT NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,
  ended_ns INTEGER, end_reason TEXT, cost_micros INTEGER, context_percent REAL, context_tokens INTEGER) STRICT;
CREATE TABLE turn (
  session TEXT NOT NULL, started_ns INTEGER NOT NULL, ended_ns INTEGER, outcome TEXT, error TEXT) STRICT;
CREATE TABLE tool (
  session TEXT NOT NULL, actor TEXT NOT NULL, name TEXT NOT NULL, tool_use_id TEXT NOT NULL,
  started_ns INTEGER NOT NULL, ended_ns INTEGER, failed INTEGER) STRICT;
CREATE TABLE wait (
  session TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, tool TEXT NOT NULL, tool_use_id TEXT NOT NULL,
  started_ns INTEGER NOT NULL, ended_ns INTEGER, outcome TEXT) STRICT;
CREATE TABLE span (
  session TEXT NOT NULL, state TEXT NOT NULL, started_ns INTEGER NOT NULL, ended_ns INTEGER, started_awake_ns INTEGER
  NOT NULL, awake_ns INTEGER) STRICT;
CREATE TABLE compaction (session TEXT NOT NULL, started_ns INTEGER NOT NULL, ended_ns INTEGER) STRICT;
CREATE TABLE context (
  session TEXT NOT NULL, at_ns INTEGER NOT NULL, percent REAL NOT NULL, tokens INTEGER) STRICT;
CREATE TABLE version (agent TEXT NOT NULL, version TEXT NOT NULL, first_ns INTEGER NOT NULL, sessions INTEGER NOT NULL,
  PRIMARY KEY (agent, version)) STRICT;
CREATE TABLE progress (position INTEGER NOT NULL, imported INTEGER NOT NULL) STRICT;
CREATE INDEX turn_session ON turn (session, started_ns);
CREATE INDEX turn_time ON turn (started_ns);
CREATE INDEX tool_use ON tool (session, tool_use_id);
CREATE INDEX tool_open ON tool (session) WHERE ended_ns IS NULL;
CREATE INDEX turn_open ON turn (session) WHERE ended_ns IS NULL;
CREATE INDEX wait_open ON wait (session) WHERE ended_ns IS NULL;
CREATE INDEX tool_time ON tool (started_ns);
CREATE INDEX tool_session ON tool (session, started_ns);
CREATE INDEX wait_session ON wait (session, ended_ns);
CREATE INDEX wait_time ON wait (started_ns);
CREATE INDEX span_session ON span (session, ended_ns);
CREATE INDEX span_time ON span (started_ns);
CREATE INDEX compaction_session ON compaction (session, ended_ns);
CREATE INDEX context_session ON context (session, at_ns);
)sql";

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

}  // namespace

std::string_view index_schema() noexcept {
  return kIndexSchema;
}

std::string project_of(const std::string& directory) {
  for (std::string at = directory; !at.empty() && at != "/";) {
    if (exists(at + "/.git")) return at;
    const std::size_t slash = at.rfind('/');
    if (slash == std::string::npos) break;
    at.resize(slash);
  }
  return directory;
}

Index::Index(const std::string& path) : db_(path, OpenMode::kCreate) {
  ::chmod(path.c_str(), 0600);
  db_.run("PRAGMA journal_mode = WAL");
  db_.run("PRAGMA synchronous = OFF");  // derived: a damaged index is made again
  db_.run("PRAGMA journal_size_limit = 16777216");
  db_.run("PRAGMA cache_size = -32768");  // the tables of a month, while they are made
  create();
}

void Index::create() {
  if (db_.value("PRAGMA user_version") == kIndexVersion) return;
  clear();
}

void Index::clear() {
  Transaction transaction(db_);
  make_tables();
  transaction.commit();
}

void Index::make_tables() {
  statements_.clear();
  described_.clear();
  std::vector<std::string> tables;
  {
    Statement all(db_.c(), "SELECT name FROM sqlite_schema WHERE type = 'table'");
    while (all.step()) tables.emplace_back(all.text(0));
  }
  for (const std::string& table : tables) db_.run("DROP TABLE " + table);
  db_.run(std::string(kIndexSchema));
  db_.run("INSERT INTO progress VALUES (0, 0)");
  db_.run("PRAGMA user_version = " + std::to_string(kIndexVersion));
}

Statement& Index::statement(const char* sql) {
  auto& prepared = statements_[sql];
  if (!prepared) prepared = std::make_unique<Statement>(db_.c(), sql);
  prepared->reset();
  return *prepared;
}

void Index::catch_up(HistoryFile& history, const std::function<void(std::uint64_t)>& progress) {
  take_imports(history);
  std::uint64_t read = 0;
  std::uint64_t read_before = 0;
  do {
    read_before = read;
    // Another program may fill the index at the same time: each transaction begins where the last one ended.
    Transaction transaction(db_);
    auto position = static_cast<std::uint64_t>(db_.value("SELECT position FROM progress"));
    history.read(position, [&](const Input& input, std::uint64_t at) {
      add(input);
      position = at + 1;
      return ++read % kInputsPerTransaction != 0;
    });
    write_described();
    statement("UPDATE progress SET position = ?").with(position).run();
    transaction.commit();
    if (progress && read != read_before) progress(read);
  } while (read != read_before && read % kInputsPerTransaction == 0);
}

/// Imported inputs are older than the first live one of their session, so they go before all live ones: the index begins
/// again when they change.
void Index::take_imports(HistoryFile& history) {
  Imports imports(history.database());
  const ReadScope scope(history.database());
  const std::int64_t change = imports.change();
  if (db_.value("SELECT imported FROM progress") == change) return;
  Transaction transaction(db_);
  make_tables();
  is_importing_ = true;
  imports.read([this](const Input& input) { add(input); });
  is_importing_ = false;
  write_described();
  statement("UPDATE progress SET imported = ?").with(change).run();
  transaction.commit();
}

}  // namespace atm::history
