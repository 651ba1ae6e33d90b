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
#include <unordered_map>
#include <utility>
#include <vector>

#include "ledger/entry_codec.hpp"

namespace atm::ledger {

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

std::string_view blob(sqlite3_stmt* statement, int column) {
  const void* const bytes = sqlite3_column_blob(statement, column);
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

}  // namespace

// Failures inside are exceptions; Store's functions turn them into errors.
struct StoreFailure {
  std::string message;
};

struct Store::Impl {
  struct CloseDatabase {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close(handle); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };

  std::string path;
  std::unique_ptr<sqlite3, CloseDatabase> database;

  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  [[noreturn]] void fail() const {
    throw StoreFailure{(path.empty() ? "the ledger in memory" : path) + ": " +
                       sqlite3_errmsg(database.get())};
  }
  void run(const char* sql) const {
    if (sqlite3_exec(database.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
  [[nodiscard]] Statement prepare(const char* sql) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database.get(), sql, -1, &statement, nullptr) != SQLITE_OK) fail();
    return Statement(statement);
  }
  /// True: a row.
  bool step(const Statement& statement) const {
    const int result = sqlite3_step(statement.get());
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail();
    return result == SQLITE_ROW;
  }
  void bind(const Statement& statement, int index, std::string_view bytes) const {
    // An empty view may have no address, which SQLite reads as NULL.
    const char* const data = bytes.empty() ? "" : bytes.data();
    if (sqlite3_bind_blob(statement.get(), index, data, static_cast<int>(bytes.size()), SQLITE_STATIC) !=
        SQLITE_OK)
      fail();
  }
  /// Binds the key of a report, whose texts must live as long as the statement is used.
  void bind_limit(const Statement& statement, const Limit& limit) const {
    sqlite3_bind_text(statement.get(), 1, limit.program.c_str(), -1, SQLITE_STATIC);
    sqlite3_bind_text(statement.get(), 2, limit.window.c_str(), -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement.get(), 3, limit.resets_at);
  }
  [[noreturn]] void damaged() const {
    throw StoreFailure{path +
                       ": holds an entry that this version cannot read; move the file away and keep it"};
  }

  /// The names of the database, by their numbers.
  std::vector<Name> load_names(Names& names) const {
    std::vector<Name> known(1, 0);
    const Statement all = prepare("SELECT number, text FROM names ORDER BY number");
    while (step(all)) {
      const auto number = static_cast<std::uint64_t>(sqlite3_column_int64(all.get(), 0));
      if (number != known.size()) damaged();
      known.push_back(names.add(blob(all.get(), 1)));
    }
    return known;
  }

  /// Stores names and gives their numbers.
  class Numbering final {
   public:
    Numbering(const Impl& impl, const Names& names, const std::vector<Name>& known)
        : impl_(impl), names_(names), insert_(impl.prepare("INSERT INTO names(number, text) VALUES(?, ?)")) {
      numbers_.resize(names.size());
      for (std::size_t number = 1; number < known.size(); ++number) numbers_[known[number]] = number;
      next_ = known.size();
    }
    std::uint64_t operator()(Name name) {
      if (name == 0) return 0;
      if (name >= numbers_.size()) numbers_.resize(names_.size());
      std::uint64_t& number = numbers_[name];
      if (number == 0) {
        number = next_++;
        sqlite3_reset(insert_.get());
        sqlite3_bind_int64(insert_.get(), 1, static_cast<sqlite3_int64>(number));
        impl_.bind(insert_, 2, names_.text(name));
        impl_.step(insert_);
      }
      return number;
    }

   private:
    const Impl& impl_;
    const Names& names_;
    Statement insert_;
    std::vector<std::uint64_t> numbers_;
    std::uint64_t next_ = 1;
  };

  /// Collects what entries add to slices and take from them. The sums may be below zero until they are stored: their
  /// unsigned arithmetic is modulo a power of two.
  class Slices final {
   public:
    Slices(const Impl& impl, const Names& names) : impl_(impl), line_sums_(names) {}

    template <class NumberOf>
    void add(const Entry& entry, const NumberOf& number_of) {
      for (std::size_t i = 0; i < entry.lines.size(); ++i)
        change(entry, i, number_of) += line_sums_(entry, i);
    }
    template <class NumberOf>
    void remove(const Entry& entry, const NumberOf& number_of) {
      for (std::size_t i = 0; i < entry.lines.size(); ++i)
        change(entry, i, number_of) -= line_sums_(entry, i);
    }

    void store() const {
      const Statement find = impl_.prepare("SELECT sum FROM slices WHERE facets=?");
      const Statement put = impl_.prepare("INSERT OR REPLACE INTO slices(facets, sum) VALUES(?, ?)");
      const Statement drop = impl_.prepare("DELETE FROM slices WHERE facets=?");
      const auto run = [this](const Statement& statement) {
        impl_.step(statement);
        sqlite3_reset(statement.get());
      };
      std::string bytes;
      for (const auto& [facets, change] : changes_) {
        if (change == Sum{}) continue;
        Sum sum;
        impl_.bind(find, 1, facets);
        if (impl_.step(find) && !decode(blob(find.get(), 0), sum)) impl_.damaged();
        sqlite3_reset(find.get());
        sum += change;
        const Statement& statement = sum == Sum{} ? drop : put;
        impl_.bind(statement, 1, facets);
        bytes.clear();
        encode(sum, bytes);
        if (&statement == &put) impl_.bind(put, 2, bytes);
        run(statement);
      }
    }

   private:
    template <class NumberOf>
    Sum& change(const Entry& entry, std::size_t line, const NumberOf& number_of) {
      Facets facets = facets_of(entry, line);
      if (facets.time != kUndated && facets.time >= kQuartersBegin) facets.time -= facets.time % kQuarter;
      key_.clear();
      encode(facets, number_of, key_);
      return changes_[key_];
    }

    const Impl& impl_;
    LineSums line_sums_;
    std::string key_;
    std::unordered_map<std::string, Sum> changes_;
  };

  /// Fills the slices of a database that has none.
  void build_slices() const {
    Names names;
    const std::vector<Name> known = load_names(names);
    std::vector<std::uint64_t> numbers(names.size());
    for (std::size_t number = 0; number < known.size(); ++number) numbers[known[number]] = number;
    const auto number_of = [&numbers](Name name) { return numbers[name]; };
    Slices slices(*this, names);
    const Statement all = prepare("SELECT data FROM entries");
    Entry entry;
    while (step(all)) {
      if (!decode(blob(all.get(), 0), known, false, entry)) damaged();
      slices.add(entry, number_of);
    }
    slices.store();
  }

  /// Rolls back unless it was committed.
  class Transaction final {
   public:
    Transaction(const Impl& impl, const char* begin) : impl_(impl) { impl.run(begin); }
    ~Transaction() {
      if (is_open_) sqlite3_exec(impl_.database.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit() {
      impl_.run("COMMIT");
      is_open_ = false;
    }

   private:
    const Impl& impl_;
    bool is_open_ = true;
  };

  /// SQLite reports a busy database here without a call of the busy handler.
  void use_write_ahead_log() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyMilliseconds);
    while (sqlite3_exec(database.get(), "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr) != SQLITE_OK) {
      if (sqlite3_errcode(database.get()) != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline)
        fail();
      sqlite3_sleep(10);
    }
  }

  void open_database() {
    if (!path.empty()) {
      const std::filesystem::path directory = std::filesystem::path(path).parent_path();
      std::error_code failed;
      std::filesystem::create_directories(directory, failed);
      // SQLite gives its side files the mode of the database.
      const posix::FileDescriptor fd(
          ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600));
      struct stat status {};
      if (!fd || fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        const std::string reason = fd ? "it is no regular file" : std::strerror(errno);
        throw StoreFailure{"cannot open " + path + ": " + reason + "; the ledger is not kept"};
      }
    }
    sqlite3* raw = nullptr;
    const int result =
        sqlite3_open_v2(path.empty() ? ":memory:" : path.c_str(), &raw,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    database.reset(raw);
    if (result != SQLITE_OK) fail();
    sqlite3_busy_timeout(raw, kBusyMilliseconds);
    const auto read_version = [this] {
      const Statement statement = prepare("PRAGMA user_version");
      return step(statement) ? sqlite3_column_int(statement.get(), 0) : 0;
    };
    const int version = read_version();
    if (version > kVersion)
      throw StoreFailure{path + ": has version " + std::to_string(version) + ", expected up to " +
                         std::to_string(kVersion) + "; install a newer atm"};
    run("PRAGMA synchronous=NORMAL");
    if (version == kVersion) return;
    // Large pages: most runs read the whole table.
    run("PRAGMA page_size=32768");
    use_write_ahead_log();
    Transaction transaction(*this, "BEGIN IMMEDIATE");
    // Another process may have done it meanwhile.
    const bool has_no_slices = read_version() == 1;
    run(kTables);
    if (has_no_slices) build_slices();
    transaction.commit();
  }
};

namespace {

template <class Function>
auto guarded(Function&& function) -> decltype(function()) {
  try {
    return function();
  } catch (const StoreFailure& failure) {
    return Error{ErrorCode::kIo, failure.message};
  }
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::string& path) {
  return guarded([&]() -> Result<Store> {
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    impl->open_database();
    return Store(std::move(impl));
  });
}

Result<FileStates> Store::file_states() {
  return guarded([&]() -> Result<FileStates> {
    FileStates states;
    const Impl::Statement all = impl_->prepare("SELECT path, state FROM files");
    while (impl_->step(all)) {
      FileState state;
      if (!decode(blob(all.get(), 1), state)) impl_->damaged();
      states.emplace(blob(all.get(), 0), state);
    }
    return states;
  });
}

Result<void> Store::commit(Ledger& ledger, const FileStates& states, const PriceTable& prices) {
  return guarded([&]() -> Result<void> {
    Impl::Transaction transaction(*impl_, "BEGIN IMMEDIATE");
    const std::vector<Name> known = impl_->load_names(ledger.names());
    const Impl::Statement find = impl_->prepare("SELECT data FROM entries WHERE key=?");
    // In the order of the keys, which is that of the table.
    std::vector<const Ledger::Entries::value_type*> entries;
    for (const auto& entry : ledger.entries()) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    const auto is_empty = [&] { return !impl_->step(impl_->prepare("SELECT 1 FROM entries LIMIT 1")); };
    std::map<std::string_view, std::string> before;
    if (!is_empty()) {
      Entry stored;
      for (const auto* entry : entries) {
        const std::string& key = entry->first;
        sqlite3_reset(find.get());
        impl_->bind(find, 1, key);
        if (!impl_->step(find)) continue;
        const std::string_view bytes = blob(find.get(), 0);
        if (!decode(bytes, known, true, stored)) impl_->damaged();
        before.emplace(key, bytes);
        ledger.merge_into_stored(key, stored);
      }
    }
    ledger.price(prices);
    Impl::Numbering numbering(*impl_, ledger.names(), known);
    const auto number_of = [&numbering](Name name) { return numbering(name); };
    const Impl::Statement put = impl_->prepare("INSERT OR REPLACE INTO entries(key, data) VALUES(?, ?)");
    Impl::Slices slices(*impl_, ledger.names());
    std::string bytes;
    Entry stored;
    for (const auto* entry : entries) {
      const std::string& key = entry->first;
      bytes.clear();
      encode(entry->second, number_of, bytes);
      if (const auto old = before.find(key); old != before.end()) {
        if (old->second == bytes) continue;
        if (!decode(old->second, known, false, stored)) impl_->damaged();
        slices.remove(stored, number_of);
      }
      slices.add(entry->second, number_of);
      sqlite3_reset(put.get());
      impl_->bind(put, 1, key);
      impl_->bind(put, 2, bytes);
      impl_->step(put);
    }
    slices.store();
    const Impl::Statement put_file = impl_->prepare("INSERT OR REPLACE INTO files(path, state) VALUES(?, ?)");
    for (const auto& [path, state] : states) {
      bytes.clear();
      encode(state, bytes);
      sqlite3_reset(put_file.get());
      impl_->bind(put_file, 1, path);
      impl_->bind(put_file, 2, bytes);
      impl_->step(put_file);
    }
    transaction.commit();
    ledger.clear_entries();
    return {};
  });
}

Result<void> Store::visit(Names& names, bool with_places, const Visit& visit) {
  return guarded([&]() -> Result<void> {
    // One snapshot: an entry has no name that is newer than the names.
    Impl::Transaction transaction(*impl_, "BEGIN");
    const std::vector<Name> known = impl_->load_names(names);
    const Impl::Statement all = impl_->prepare("SELECT key, data FROM entries");
    Entry entry;
    while (impl_->step(all)) {
      if (!decode(blob(all.get(), 1), known, with_places, entry)) impl_->damaged();
      visit(blob(all.get(), 0), entry);
    }
    return {};
  });
}

Result<void> Store::visit_slices(Names& names, const VisitSlice& visit) {
  return guarded([&]() -> Result<void> {
    Impl::Transaction transaction(*impl_, "BEGIN");
    const std::vector<Name> known = impl_->load_names(names);
    const Impl::Statement all = impl_->prepare("SELECT facets, sum FROM slices");
    Facets facets;
    Sum sum;
    while (impl_->step(all)) {
      if (!decode(blob(all.get(), 0), known, facets) || !decode(blob(all.get(), 1), sum)) impl_->damaged();
      visit(facets, sum);
    }
    return {};
  });
}

Result<bool> Store::find(Names& names, std::string_view key, Entry& entry) {
  return guarded([&]() -> Result<bool> {
    Impl::Transaction transaction(*impl_, "BEGIN");
    const std::vector<Name> known = impl_->load_names(names);
    const Impl::Statement statement = impl_->prepare("SELECT data FROM entries WHERE key=?");
    impl_->bind(statement, 1, key);
    if (!impl_->step(statement)) return false;
    if (!decode(blob(statement.get(), 0), known, true, entry)) impl_->damaged();
    return true;
  });
}

Result<void> Store::add_limits(const std::vector<Limit>& limits) {
  return guarded([&]() -> Result<void> {
    std::vector<const Limit*> news;
    {
      const Impl::Statement find =
          impl_->prepare("SELECT used, seen FROM limits WHERE program=? AND window=? AND resets_at=?");
      for (const Limit& limit : limits) {
        if (!limit.is_valid()) continue;
        impl_->bind_limit(find, limit);
        // The time of an unchanged report is not worth a write each time.
        constexpr std::int64_t kMinute = 60;
        const bool is_new =
            !impl_->step(find) || (limit.seen_at > sqlite3_column_int64(find.get(), 1) &&
                                   (limit.used_percentage != sqlite3_column_double(find.get(), 0) ||
                                    limit.seen_at > sqlite3_column_int64(find.get(), 1) + kMinute));
        if (is_new) news.push_back(&limit);
        sqlite3_reset(find.get());
      }
    }
    if (news.empty()) return {};
    Impl::Transaction transaction(*impl_, "BEGIN IMMEDIATE");
    const Impl::Statement put = impl_->prepare(
        "INSERT INTO limits(program, window, resets_at, used, seen) VALUES(?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET used=excluded.used, seen=excluded.seen WHERE excluded.seen > seen");
    for (const Limit* limit : news) {
      impl_->bind_limit(put, *limit);
      sqlite3_bind_double(put.get(), 4, limit->used_percentage);
      sqlite3_bind_int64(put.get(), 5, limit->seen_at);
      impl_->step(put);
      sqlite3_reset(put.get());
    }
    transaction.commit();
    return {};
  });
}

Result<std::vector<Limit>> Store::limits() {
  return guarded([&]() -> Result<std::vector<Limit>> {
    std::vector<Limit> limits;
    const Impl::Statement all = impl_->prepare(
        "SELECT program, window, resets_at, used, seen FROM limits ORDER BY program, window, resets_at");
    while (impl_->step(all)) {
      Limit limit{std::string(blob(all.get(), 0)), std::string(blob(all.get(), 1)),
                  sqlite3_column_int64(all.get(), 2), sqlite3_column_double(all.get(), 3),
                  sqlite3_column_int64(all.get(), 4)};
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
    Impl::Transaction transaction(*impl_, "BEGIN IMMEDIATE");
    const Impl::Statement put = impl_->prepare(
        "INSERT INTO agent_costs(program, session, micros, seen) VALUES(?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET micros=excluded.micros, seen=excluded.seen WHERE excluded.micros > "
        "micros");
    for (const AgentCost* cost : news) {
      sqlite3_bind_text(put.get(), 1, cost->program.c_str(), -1, SQLITE_STATIC);
      sqlite3_bind_text(put.get(), 2, cost->session.c_str(), -1, SQLITE_STATIC);
      sqlite3_bind_int64(put.get(), 3, cost->micros);
      sqlite3_bind_int64(put.get(), 4, cost->seen_at);
      impl_->step(put);
      sqlite3_reset(put.get());
    }
    transaction.commit();
    return {};
  });
}

Result<std::vector<AgentCost>> Store::agent_costs() {
  return guarded([&]() -> Result<std::vector<AgentCost>> {
    std::vector<AgentCost> costs;
    const Impl::Statement all =
        impl_->prepare("SELECT program, session, micros, seen FROM agent_costs ORDER BY program, session");
    while (impl_->step(all))
      costs.push_back({std::string(blob(all.get(), 0)), std::string(blob(all.get(), 1)),
                       sqlite3_column_int64(all.get(), 2), sqlite3_column_int64(all.get(), 3)});
    return costs;
  });
}

std::int64_t Store::foreign_changes() {
  const auto version = guarded([&]() -> Result<std::int64_t> {
    const Impl::Statement statement = impl_->prepare("PRAGMA data_version");
    return impl_->step(statement) ? sqlite3_column_int64(statement.get(), 0) : 0;
  });
  return version ? *version : 0;
}

Result<Store::Repricing> Store::reprice(const PriceTable& prices, bool dry) {
  return guarded([&]() -> Result<Repricing> {
    Repricing result;
    Impl::Transaction transaction(*impl_, dry ? "BEGIN" : "BEGIN IMMEDIATE");
    Ledger changed;
    const std::vector<Name> known = impl_->load_names(changed.names());
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
    const Impl::Statement all = impl_->prepare("SELECT key, data FROM entries");
    Entry entry;
    while (impl_->step(all)) {
      if (!decode(blob(all.get(), 1), known, true, entry)) impl_->damaged();
      result.before += amount(entry);
      changed.merge(blob(all.get(), 0), entry);
      before.emplace(blob(all.get(), 0), entry);
    }
    changed.price(prices, true);
    for (const auto& [key, priced] : changed.entries()) result.after += amount(priced);
    Impl::Numbering numbering(*impl_, changed.names(), known);
    const Impl::Statement put = impl_->prepare("INSERT OR REPLACE INTO entries(key, data) VALUES(?, ?)");
    const auto number_of = [&numbering](Name name) { return numbering(name); };
    Impl::Slices slices(*impl_, changed.names());
    std::string bytes;
    for (const auto& [key, old] : before) {
      const Entry& priced = changed.entries().at(key);
      if (is_equal(old, priced)) continue;
      ++result.entries;
      if (dry) continue;
      slices.remove(old, number_of);
      slices.add(priced, number_of);
      bytes.clear();
      encode(priced, number_of, bytes);
      sqlite3_reset(put.get());
      impl_->bind(put, 1, key);
      impl_->bind(put, 2, bytes);
      impl_->step(put);
    }
    if (dry) return result;
    slices.store();
    const Impl::Statement event = impl_->prepare(
        "INSERT INTO repricings(time, prices_as_of, entries, before, after) VALUES(datetime('now'), ?, ?, ?, "
        "?)");
    const std::string texts[] = {day_text(prices.as_of()), exact_dollars(result.before),
                                 exact_dollars(result.after)};
    const auto bind_text = [&](int index, const std::string& text) {
      sqlite3_bind_text(event.get(), index, text.c_str(), -1, SQLITE_STATIC);
    };
    bind_text(1, texts[0]);
    sqlite3_bind_int64(event.get(), 2, static_cast<sqlite3_int64>(result.entries));
    bind_text(3, texts[1]);
    bind_text(4, texts[2]);
    impl_->step(event);
    transaction.commit();
    return result;
  });
}

}  // namespace atm::ledger
