// SPDX-License-Identifier: MIT
#include "ledger/stored_names.hpp"

#include <sqlite3.h>

namespace atm::ledger {

sqlite::SqlError damaged(const sqlite::Database& database) {
  return {database.path() + ": holds an entry that this version cannot read; move the file away and keep it",
          SQLITE_CORRUPT};
}

std::vector<Name> load_names(sqlite::Database& database, Names& names) {
  std::vector<Name> known(1, 0);
  sqlite::Statement all(database.c(), "SELECT number, text FROM names ORDER BY number");
  while (all.step()) {
    if (static_cast<std::uint64_t>(all.integer(0)) != known.size()) throw damaged(database);
    known.push_back(names.add(all.text(1)));
  }
  return known;
}

StoredNames::StoredNames(sqlite::Database& database, const Names& names, const std::vector<Name>& known)
    : names_(names),
      insert_(database.c(), "INSERT INTO names(number, text) VALUES(?, ?)"),
      numbers_(names.size()),
      next_(known.size()) {
  for (std::size_t number = 1; number < known.size(); ++number) numbers_[known[number]] = number;
}

std::uint64_t StoredNames::number_of(Name name) {
  if (name == 0) return 0;
  if (name >= numbers_.size()) numbers_.resize(names_.size());
  std::uint64_t& number = numbers_[name];
  if (number == 0) {
    number = next_++;
    insert_.bind(0, static_cast<std::int64_t>(number)).bind_blob(1, names_.text(name)).run();
  }
  return number;
}

}  // namespace atm::ledger
