// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace atm::cli::setup {

/// One word of a POSIX shell command, without quotes if no character needs them.
[[nodiscard]] std::string shell_word(std::string_view text);

/// Removes the first word from `rest` and returns its value; absent if it is unterminated or would be expanded.
[[nodiscard]] std::optional<std::string> take_shell_word(std::string_view& rest);

}  // namespace atm::cli::setup
