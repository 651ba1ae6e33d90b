// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace atm::posix {

/// `text` as one word of a POSIX shell command, in single quotes.
[[nodiscard]] std::string shell_quoted(std::string_view text);

}  // namespace atm::posix
