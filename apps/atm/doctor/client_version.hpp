// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "environment.hpp"

namespace atm::cli::doctor {

/// The installed version of Claude Code; empty if unknown.
struct ClientVersion {
  std::string text{};  ///< `2.1.330`

  /// Returns true if it is known and older than 2.1.197, the oldest tested version.
  [[nodiscard]] bool is_untried() const noexcept;
};

/// The version that `claude` in PATH reports.
[[nodiscard]] ClientVersion ask_client_version(const Environment& around);

}  // namespace atm::cli::doctor
