// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace processes {

/// The terminal program in which a process runs, if it is not tmux: the place that a user must look for.
struct Terminal {
  std::string program{};  ///< "kitty"; empty: tmux, or unknown
  std::string pane{};     ///< of the program; empty: it has none, or does not name it
  std::string socket{};   ///< of the program, or the name of its session

  friend bool operator==(const Terminal&, const Terminal&) = default;
};

/// `variable` returns a variable of the environment of the process; empty: unset.
[[nodiscard]] Terminal terminal_of(const std::function<std::string(std::string_view)>& variable);

}  // namespace processes
