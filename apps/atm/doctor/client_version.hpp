// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "environment.hpp"

namespace atm::cli {

/// A version of Claude Code; ordered as versions are.
using ClientVersion = std::array<unsigned, 3>;

/// The oldest tested version.
inline constexpr ClientVersion kOldestClient{2, 1, 197};

/// The first "N.N.N" in the output of `claude --version`.
[[nodiscard]] std::optional<ClientVersion> parse_client_version(std::string_view text);
[[nodiscard]] std::string version_text(const ClientVersion& version);

/// Runs the `claude` of this user for 3 seconds at most, without its updater; absent if there is none or its output has
/// no version.
[[nodiscard]] std::optional<ClientVersion> ask_client_version(const doctor::Environment& around);

}  // namespace atm::cli
