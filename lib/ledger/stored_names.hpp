// SPDX-License-Identifier: MIT
// The names of ledger.db: each text is stored once and has a number there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "sqlite/database.hpp"

namespace atm::ledger {

/// An entry, slice or name that this version cannot read.
[[nodiscard]] sqlite::SqlError damaged(const sqlite::Database& database);

/// Adds the names of the database to `names`. Returns them by their numbers in the database; 0 is no name. Throws
/// sqlite::SqlError.
[[nodiscard]] std::vector<Name> load_names(sqlite::Database& database, Names& names);

/// Gives the number of a name in the database, and stores the name if it has none.
class StoredNames final {
 public:
  /// `known` comes from load_names().
  StoredNames(sqlite::Database& database, const Names& names, const std::vector<Name>& known);
  /// Throws sqlite::SqlError.
  [[nodiscard]] std::uint64_t number_of(Name name);

 private:
  const Names& names_;
  sqlite::Statement insert_;
  std::vector<std::uint64_t> numbers_;
  std::uint64_t next_;
};

}  // namespace atm::ledger
