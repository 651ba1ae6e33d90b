// SPDX-License-Identifier: MIT
// The slices of ledger.db: sums of the lines that have the same facets and a time in the same quarter of an hour.
#pragma once

#include <string>
#include <unordered_map>

#include "ledger/ledger.hpp"
#include "ledger/stored_names.hpp"
#include "ledger/summary.hpp"

namespace atm::ledger {

/// Collects what entries add to the slices of a database and take from them. A sum may be below zero until it is stored:
/// its unsigned arithmetic is modulo a power of two.
class Slices final {
 public:
  explicit Slices(const Names& names) : line_sums_(names) {}

  void add(const Entry& entry, StoredNames& stored);
  void remove(const Entry& entry, StoredNames& stored);
  /// Throws sqlite::SqlError.
  void store(sqlite::Database& database) const;

 private:
  Sum& change(const Entry& entry, std::size_t line, StoredNames& stored);

  LineSums line_sums_;
  std::string key_;
  std::unordered_map<std::string, Sum> changes_;
};

/// Makes the slices of all entries in a database that has none. Throws sqlite::SqlError.
void build_slices(sqlite::Database& database);

}  // namespace atm::ledger
