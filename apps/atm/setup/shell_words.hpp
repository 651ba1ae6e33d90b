// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace atm::cli::setup {

/// One word of a POSIX shell command, in single quotes.
[[nodiscard]] std::string shell_quoted(std::string_view text);
/// The same, without quotes where the shell takes every character as it is.
[[nodiscard]] std::string shell_word(std::string_view text);

/// Takes the first word off `rest` and gives its value; absent where it is unfinished or would be expanded.
[[nodiscard]] std::optional<std::string> take_shell_word(std::string_view& rest);

}  // namespace atm::cli::setup
