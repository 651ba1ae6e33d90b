// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "environment.hpp"

namespace atm::cli::doctor {

/// The version of Claude Code that is installed; empty where it is not known.
struct ClientVersion {
  std::string text{};  ///< `2.1.330`

  /// Known, and older than 2.1.197, the oldest that was tried.
  [[nodiscard]] bool is_untried() const noexcept;
};

/// What the `claude` in PATH says.
[[nodiscard]] ClientVersion ask_client_version(const Environment& around);

}  // namespace atm::cli::doctor
