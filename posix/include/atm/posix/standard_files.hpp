// SPDX-License-Identifier: MIT
#pragma once

namespace atm::posix {

/// Opens /dev/null for each closed descriptor of 0, 1 and 2, so that no later file gets such a number. Call it before
/// the program opens any other file. False: /dev/null cannot be opened.
[[nodiscard]] bool open_standard_files() noexcept;

}  // namespace atm::posix
