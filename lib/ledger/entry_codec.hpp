// SPDX-License-Identifier: MIT
// The bytes of an entry and of a file's state in ledger.db: variable-length integers, names as numbers of the database.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "ledger/ledger.hpp"
#include "ledger/scan.hpp"
#include "ledger/summary.hpp"

namespace atm::ledger {

/// Appends the bytes of `entry`; `number_of` gives the number of a name in the database.
void encode(const Entry& entry, const std::function<std::uint64_t(Name)>& number_of, std::string& bytes);

/// False: the bytes are damaged. `names` maps the numbers of the database to names. `entry` is overwritten, and keeps
/// the memory of its vectors.
[[nodiscard]] bool decode(std::string_view bytes, const std::vector<Name>& names, bool with_places,
                          Entry& entry);

/// The facets of a slice and its sum.
void encode(const Facets& facets, const std::function<std::uint64_t(Name)>& number_of, std::string& bytes);
[[nodiscard]] bool decode(std::string_view bytes, const std::vector<Name>& names, Facets& facets);
void encode(const Sum& sum, std::string& bytes);
[[nodiscard]] bool decode(std::string_view bytes, Sum& sum);

void encode(const FileState& state, std::string& bytes);
[[nodiscard]] bool decode(std::string_view bytes, FileState& state);

}  // namespace atm::ledger
