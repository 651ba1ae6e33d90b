// SPDX-License-Identifier: MIT
// The tables of history.db with the inputs that `atm import` read out of the files of agents. The registry never folds
// them: only index.db is made of them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "history/input.hpp"
#include "sqlite/database.hpp"

namespace atm::history {

/// A file that was read; if a file differs from this, it has changed since then. The path is stored as a hash, because it
/// contains the id of the session.
struct ImportedFile {
  std::uint64_t key = 0;  ///< hash of the path
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::int64_t since_ns = 0;  ///< older lines were left out
  friend bool operator==(const ImportedFile&, const ImportedFile&) = default;
};

/// Inputs of a row, at most.
inline constexpr std::size_t kImportedInputs = 4'096;

/// Every function throws SqlError.
class Imports final {
 public:
  explicit Imports(sqlite::Database& db) : db_(db) {}

  /// For a writer, within a transaction: creates the tables if the file lacks them.
  void create();
  [[nodiscard]] bool exists();

  // For `atm import`, within a transaction.

  [[nodiscard]] std::optional<ImportedFile> file(std::uint64_t key);
  /// Whether the part of a file with this number, from 0 on, holds these inputs.
  [[nodiscard]] bool has(std::uint64_t key, std::uint64_t part, const std::vector<Input>& inputs);
  void put(std::uint64_t key, std::uint64_t part, const std::vector<Input>& inputs);
  /// Deletes the parts of a file from `parts` on, and notes that the file was read.
  void end(const ImportedFile& file, std::uint64_t parts);

  // For the writer, within a transaction.

  /// Deletes the parts that are older than `before_ns`.
  void retain(std::int64_t before_ns);
  /// Deletes the oldest parts. False: there is none.
  bool delete_oldest();
  /// Deletes the inputs for which `is_forgotten` holds. Returns their number.
  std::uint64_t forget(const std::function<bool(const Input&)>& is_forgotten);

  // For readers.

  /// Number of the last change by an import or a `forget`; 0: nothing was imported.
  [[nodiscard]] std::int64_t change();
  [[nodiscard]] std::uint64_t count();
  /// Calls `each` with all inputs; those of one file are in their order. A damaged row is skipped and reported to
  /// `damaged`, if given.
  void read(const std::function<void(const Input&)>& each,
            const std::function<void(const std::string&)>& damaged = {});

 private:
  void note_change();

  sqlite::Database& db_;
};

}  // namespace atm::history
