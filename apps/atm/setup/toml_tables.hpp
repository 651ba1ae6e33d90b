// SPDX-License-Identifier: MIT
// Tables that an agent has added to its TOML file for the hooks of ATM.
#pragma once

#include <atm/domain/error.hpp>
#include <string_view>
#include <vector>

#include "settings_edit.hpp"

namespace atm::cli::setup {

/// Removes each table `[PARENT."KEY"]` with one of these keys, and the header `[PARENT]` if it has no content left. All
/// other bytes stay. kParseError: the text is malformed, or a table is not written as one; the message begins with a
/// line.
[[nodiscard]] Result<Edited> without_toml_tables(std::string_view text, std::string_view parent,
                                                 const std::vector<std::string>& keys);

}  // namespace atm::cli::setup
