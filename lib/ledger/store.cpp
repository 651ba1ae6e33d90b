// SPDX-License-Identifier: MIT
#include "ledger/store.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/posix/file_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ledger/entry_codec.hpp"
#include "ledger/slices.hpp"
#include "ledger/stored_names.hpp"
#include "sqlite/database.hpp"

namespace atm::ledger {

using sqlite::Database;
using sqlite::OpenMode;
using sqlite::ReadScope;
using sqlite::SqlError;
using sqlite::Statement;
using sqlite::Transaction;

namespace {

constexpr int kVersion = 2;
constexpr int kBusyMilliseconds = 10'000;
constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS names(number INTEGER PRIMARY KEY, text BLOB NOT NULL UNIQUE);"
    "CREATE TABLE IF NOT EXISTS entries(key BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS slices(facets BLOB PRIMARY KEY, sum BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS files(path BLOB PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS limits(program TEXT, window TEXT, resets_at INTEGER, used REAL NOT NULL,"
    " seen INTEGER NOT NULL, PRIMARY KEY(program, window, resets_at)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS agent_costs(program TEXT, session TEXT, micros INTEGER NOT NULL,"
    " seen INTEGER NOT NULL, PRIMARY KEY(program, session)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS repricings(time TEXT NOT NULL, prices_as_of TEXT NOT NULL, entries INTEGER "
    "NOT NULL,"
    " before TEXT NOT NULL, after TEXT NOT NULL);"
    "PRAGMA user_version=2;";

/// Makes the directory and the file, so that the database has its restricted mode from the beginning: SQLite gives its
/// side files the mode of the database. Throws SqlError.
void make_file(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
  const posix::FileDescriptor fd(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600));
  struct stat status {};
  if (fd && fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode)) return;
  const std::string reason = fd ? "it is no regular file" : std::strerror(errno);
  throw SqlError("cannot open " + path + ": " + reason + "; the ledger is not kept", SQLITE_CANTOPEN);
}

/// SQLite reports a busy database here without a call of the busy handler.
void use_write_ahead_log(Database& database) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyMilliseconds);
  for (;;) {
    try {
      database.run("PRAGMA journal_mode=WAL");
      return;
    } catch (const SqlError& failure) {
      if ((failure.code() & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) throw;
    }
    sqlite3_sleep(10);
  }
}

/// Makes or changes the tables. Throws SqlError.
void prepare(Database& database) {
  const std::int64_t version = database.value("PRAGMA user_version");
  if (version > kVersion)
    throw SqlError(database.path() + ": has version " + std::to_string(version) + ", expected up to " +
                       std::to_string(kVersion) + "; install a newer atm",
                   SQLITE_ERROR);
  database.run("PRAGMA synchronous=NORMAL");
  if (version == kVersion) return;
  // Large pages: most runs read the whole table.
  database.run("PRAGMA page_size=32768");
  use_write_ahead_log(database);
  Transaction transaction(database);
  // Another process may have done it meanwhile.
  const bool has_no_slices = database.value("PRAGMA user_version") == 1;
  database.run(kTables);
  if (has_no_slices) build_slices(database);
  transaction.commit();
}

/// Turns an exception of SQLite into an error.
template <class Function>
auto guarded(Function&& function) -> decltype(function()) {
  try {
    return function();
  } catch (const SqlError& failure) {
    return Error{ErrorCode::kIo, failure.what()};
  }
}

Statement& bind_key(Statement& statement, const Limit& limit) {
  return statement.bind(0, limit.program).bind(1, limit.window).bind(2, limit.resets_at);
}

}  // namespace

struct Store::Impl {
  explicit Impl(const std::string& path)
      : database(path.empty() ? ":memory:" : path, OpenMode::kCreate, kBusyMilliseconds) {}
  [[nodiscard]] Statement statement(std::string_view sql) { return {database.c(), sql}; }

  Database database;
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::string& path) {
  return guarded([&]() -> Result<Store> {
    if (!path.empty()) make_file(path);
    auto impl = std::make_unique<Impl>(path);
    prepare(impl->database);
    return Store(std::move(impl));
  });
}

Result<FileStates> Store::file_states() {
  return guarded([&]() -> Result<FileStates> {
    FileStates states;
    Statement all = impl_->statement("SELECT path, state FROM files");
    while (all.step()) {
      FileState state;
      if (!decode(all.text(1), state)) throw damaged(impl_->database);
      states.emplace(all.text(0), state);
    }
    return states;
  });
}

Result<void> Store::commit(Ledger& ledger, const FileStates& states, const PriceTable& prices) {
  return guarded([&]() -> Result<void> {
    Transaction transaction(impl_->database);
    const std::vector<Name> known = load_names(impl_->database, ledger.names());
    Statement find = impl_->statement("SELECT data FROM entries WHERE key=?");
    // In the order of the keys, which is that of the table.
    std::vector<const Ledger::Entries::value_type*> entries;
    for (const auto& entry : ledger.entries()) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    const auto is_empty = [&] { return !impl_->statement("SELECT 1 FROM entries LIMIT 1").step(); };
    std::map<std::string_view, std::string> before;
    if (!is_empty()) {
      Entry stored;
      for (const auto* entry : entries) {
        const std::string& key = entry->first;
        find.reset();
        find.bind_blob(0, key);
        if (!find.step()) continue;
        const std::string_view bytes = find.text(0);
        if (!decode(bytes, known, true, stored)) throw damaged(impl_->database);
        before.emplace(key, bytes);
        ledger.merge_into_stored(key, stored);
      }
    }
    ledger.price(prices);
    StoredNames stored_names(impl_->database, ledger.names(), known);
    const auto number_of = [&stored_names](Name name) { return stored_names.number_of(name); };
    Statement put = impl_->statement("INSERT OR REPLACE INTO entries(key, data) VALUES(?, ?)");
    Slices slices(ledger.names());
    std::string bytes;
    Entry stored;
    for (const auto* entry : entries) {
      const std::string& key = entry->first;
      bytes.clear();
      encode(entry->second, number_of, bytes);
      if (const auto old = before.find(key); old != before.end()) {
        if (old->second == bytes) continue;
        if (!decode(old->second, known, false, stored)) throw damaged(impl_->database);
        slices.remove(stored, stored_names);
      }
      slices.add(entry->second, stored_names);
      put.bind_blob(0, key).bind_blob(1, bytes).run();
    }
    slices.store(impl_->database);
    Statement put_file = impl_->statement("INSERT OR REPLACE INTO files(path, state) VALUES(?, ?)");
    for (const auto& [path, state] : states) {
      bytes.clear();
      encode(state, bytes);
      put_file.bind_blob(0, path).bind_blob(1, bytes).run();
    }
    transaction.commit();
    ledger.clear_entries();
    return {};
  });
}

Result<void> Store::visit(Names& names, bool with_places, const Visit& visit) {
  return guarded([&]() -> Result<void> {
    // One snapshot: an entry has no name that is newer than the names.
    const ReadScope scope(impl_->database);
    const std::vector<Name> known = load_names(impl_->database, names);
    Statement all = impl_->statement("SELECT key, data FROM entries");
    Entry entry;
    while (all.step()) {
      if (!decode(all.text(1), known, with_places, entry)) throw damaged(impl_->database);
      visit(all.text(0), entry);
    }
    return {};
  });
}

Result<void> Store::visit_slices(Names& names, const VisitSlice& visit) {
  return guarded([&]() -> Result<void> {
    const ReadScope scope(impl_->database);
    const std::vector<Name> known = load_names(impl_->database, names);
    Statement all = impl_->statement("SELECT facets, sum FROM slices");
    Facets facets;
    Sum sum;
    while (all.step()) {
      if (!decode(all.text(0), known, facets) || !decode(all.text(1), sum)) throw damaged(impl_->database);
      visit(facets, sum);
    }
    return {};
  });
}

Result<bool> Store::find(Names& names, std::string_view key, Entry& entry) {
  return guarded([&]() -> Result<bool> {
    const ReadScope scope(impl_->database);
    const std::vector<Name> known = load_names(impl_->database, names);
    Statement statement = impl_->statement("SELECT data FROM entries WHERE key=?");
    statement.bind_blob(0, key);
    if (!statement.step()) return false;
    if (!decode(statement.text(0), known, true, entry)) throw damaged(impl_->database);
    return true;
  });
}

Result<void> Store::add_limits(const std::vector<Limit>& limits) {
  return guarded([&]() -> Result<void> {
    std::vector<const Limit*> news;
    {
      Statement find =
          impl_->statement("SELECT used, seen FROM limits WHERE program=? AND window=? AND resets_at=?");
      for (const Limit& limit : limits) {
        if (!limit.is_valid()) continue;
        bind_key(find, limit);
        // The time of an unchanged report is not worth a write each time.
        constexpr std::int64_t kMinute = 60;
        const bool is_new =
            !find.step() || (limit.seen_at > find.integer(1) && (limit.used_percentage != find.real(0) ||
                                                                 limit.seen_at > find.integer(1) + kMinute));
        if (is_new) news.push_back(&limit);
        find.reset();
      }
    }
    if (news.empty()) return {};
    Transaction transaction(impl_->database);
    Statement put = impl_->statement(
        "INSERT INTO limits(program, window, resets_at, used, seen) VALUES(?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET used=excluded.used, seen=excluded.seen WHERE excluded.seen > seen");
    for (const Limit* limit : news) {
      bind_key(put, *limit).bind_real(3, limit->used_percentage).bind(4, limit->seen_at).run();
    }
    transaction.commit();
    return {};
  });
}

Result<std::vector<Limit>> Store::limits() {
  return guarded([&]() -> Result<std::vector<Limit>> {
    std::vector<Limit> limits;
    Statement all = impl_->statement(
        "SELECT program, window, resets_at, used, seen FROM limits ORDER BY program, window, resets_at");
    while (all.step()) {
      Limit limit{std::string(all.text(0)), std::string(all.text(1)), all.integer(2), all.real(3),
                  all.integer(4)};
      if (limit.is_valid()) limits.push_back(std::move(limit));
    }
    return limits;
  });
}

Result<void> Store::add_agent_costs(const std::vector<AgentCost>& costs) {
  const auto known = agent_costs();
  if (!known) return known.error();
  std::map<std::pair<std::string_view, std::string_view>, std::int64_t> greatest;
  for (const AgentCost& cost : *known) greatest[{cost.program, cost.session}] = cost.micros;
  return guarded([&]() -> Result<void> {
    std::vector<const AgentCost*> news;
    for (const AgentCost& cost : costs) {
      std::int64_t& most = greatest[{cost.program, cost.session}];
      if (cost.micros <= most) continue;
      most = cost.micros;
      news.push_back(&cost);
    }
    if (news.empty()) return {};
    Transaction transaction(impl_->database);
    Statement put = impl_->statement(
        "INSERT INTO agent_costs(program, session, micros, seen) VALUES(?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET micros=excluded.micros, seen=excluded.seen WHERE excluded.micros > "
        "micros");
    for (const AgentCost* cost : news) {
      put.with(cost->program, cost->session, cost->micros, cost->seen_at).run();
    }
    transaction.commit();
    return {};
  });
}

Result<std::vector<AgentCost>> Store::agent_costs() {
  return guarded([&]() -> Result<std::vector<AgentCost>> {
    std::vector<AgentCost> costs;
    Statement all =
        impl_->statement("SELECT program, session, micros, seen FROM agent_costs ORDER BY program, session");
    while (all.step())
      costs.push_back({std::string(all.text(0)), std::string(all.text(1)), all.integer(2), all.integer(3)});
    return costs;
  });
}

std::int64_t Store::foreign_changes() {
  const auto version = guarded([&]() -> Result<std::int64_t> {
    Statement statement = impl_->statement("PRAGMA data_version");
    return statement.step() ? statement.integer(0) : 0;
  });
  return version ? *version : 0;
}

Result<Store::Repricing> Store::reprice(const PriceTable& prices, bool dry) {
  return guarded([&]() -> Result<Repricing> {
    Repricing result;
    std::optional<ReadScope> scope;
    std::optional<Transaction> transaction;
    if (dry) {
      scope.emplace(impl_->database);
    } else {
      transaction.emplace(impl_->database);
    }
    Ledger changed;
    const std::vector<Name> known = load_names(impl_->database, changed.names());
    const auto amount = [](const Entry& entry) {
      Pico sum = 0;
      for (const Line& line : entry.lines) sum += line.amount;
      return sum;
    };
    const auto is_equal = [](const Entry& a, const Entry& b) {
      return std::equal(a.lines.begin(), a.lines.end(), b.lines.begin(), b.lines.end(),
                        [](const Line& x, const Line& y) {
                          return x.quote == y.quote && x.amount == y.amount && x.unpriced == y.unpriced;
                        });
    };
    std::map<std::string, Entry> before;
    Statement all = impl_->statement("SELECT key, data FROM entries");
    Entry entry;
    while (all.step()) {
      if (!decode(all.text(1), known, true, entry)) throw damaged(impl_->database);
      result.before += amount(entry);
      changed.merge(all.text(0), entry);
      before.emplace(all.text(0), entry);
    }
    changed.price(prices, true);
    for (const auto& [key, priced] : changed.entries()) result.after += amount(priced);
    StoredNames stored_names(impl_->database, changed.names(), known);
    Statement put = impl_->statement("INSERT OR REPLACE INTO entries(key, data) VALUES(?, ?)");
    const auto number_of = [&stored_names](Name name) { return stored_names.number_of(name); };
    Slices slices(changed.names());
    std::string bytes;
    for (const auto& [key, old] : before) {
      const Entry& priced = changed.entries().at(key);
      if (is_equal(old, priced)) continue;
      ++result.entries;
      if (dry) continue;
      slices.remove(old, stored_names);
      slices.add(priced, stored_names);
      bytes.clear();
      encode(priced, number_of, bytes);
      put.bind_blob(0, key).bind_blob(1, bytes).run();
    }
    if (dry) return result;
    slices.store(impl_->database);
    Statement event = impl_->statement(
        "INSERT INTO repricings(time, prices_as_of, entries, before, after) VALUES(datetime('now'), ?, ?, ?, "
        "?)");
    event
        .with(day_text(prices.as_of()), result.entries, exact_dollars(result.before),
              exact_dollars(result.after))
        .run();
    transaction->commit();
    return result;
  });
}

}  // namespace atm::ledger
