// SPDX-License-Identifier: MIT
// index.db: tables for questions, derived from history.db. It may be deleted at any time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "history/file.hpp"
#include "history/input.hpp"
#include "sqlite/database.hpp"

namespace atm::history {

/// The tables of index.db; docs/operate/history.md documents them.
[[nodiscard]] std::string_view index_schema() noexcept;

/// The root of the git work tree that contains `directory`, else `directory`.
[[nodiscard]] std::string project_of(const std::string& directory);

/// Throws SqlError.
class Index final {
 public:
  /// Opens the index and creates it if it is missing or of another version.
  explicit Index(const std::string& path);

  /// Adds the inputs that the history holds and the index does not; begins again after an import. `progress` gets the number of inputs read so far.
  void catch_up(HistoryFile& history, const std::function<void(std::uint64_t)>& progress = {});
  /// Deletes everything, so that the next catch_up() reads all inputs.
  void clear();

  [[nodiscard]] sqlite::Database& database() noexcept { return db_; }

 private:
  /// What a transaction knows of a session.
  struct Described {
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
    bool is_imported = false;  ///< its end was that of an import when the transaction began
    std::string directory{};
    std::string model{};
    std::string pane{};
    std::string version{};
    std::optional<std::int64_t> cost_micros{};
  };

  void create();
  void make_tables();
  void take_imports(HistoryFile& history);
  void add(const Input& input);
  void describe(const Input& input);
  void write_described();
  void follow_status(const Input& input, std::int64_t at_ns);
  void begin_turn(const Input& input, std::int64_t at_ns);
  void end_turn(const Input& input, std::int64_t at_ns, std::string_view outcome, std::string_view error);
  void begin_tool(const Input& input, std::int64_t at_ns);
  void end_tool(const Input& input, std::int64_t at_ns);
  void begin_wait(const Input& input, std::int64_t at_ns);
  void end_waits(const Input& input, std::int64_t at_ns, std::string_view outcome,
                 std::string_view tool_use_id);
  void end_compaction(const Input& input, std::int64_t at_ns);
  void end_session(const Input& input, std::int64_t at_ns, std::string_view reason);
  void enter(const Input& input, std::int64_t at_ns, std::string_view state);
  void sample_context(const Input& input, std::int64_t at_ns);
  sqlite::Statement& statement(const char* sql);

  sqlite::Database db_;
  std::map<const char*, std::unique_ptr<sqlite::Statement>> statements_;  // by the address of the literal
  std::map<std::string, std::string, std::less<>> projects_;              // by directory
  std::map<std::string, Described, std::less<>> described_;               // by id
  bool is_importing_ = false;
};

}  // namespace atm::history
