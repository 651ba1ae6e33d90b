// SPDX-License-Identifier: MIT
// A key of a TOML file whose value is the program that an agent runs with a payload as its last argument.
#pragma once

#include <atm/domain/error.hpp>
#include <string>
#include <string_view>

#include "settings_edit.hpp"

namespace atm::cli::setup {

/// Adds the key with a command that runs `hook`, as the first line. A value of the user stays: the key is then in
/// `mixed`. kParseError: the text is malformed, or the change would alter another key; the message begins with a line.
[[nodiscard]] Result<Edited> connect_toml_array(std::string_view text, const std::string& key,
                                                const std::string& hook, std::string_view agent);

/// Removes exactly the line that connect_toml_array adds.
[[nodiscard]] Result<Edited> disconnect_toml_array(std::string_view text, const std::string& key,
                                                   std::string_view agent);

}  // namespace atm::cli::setup
