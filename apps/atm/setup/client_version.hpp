// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace atm::cli::setup {

/// A version of Claude Code; ordered as versions are.
using ClientVersion = std::array<unsigned, 3>;

/// The first "N.N.N" in the output of `claude --version`.
[[nodiscard]] std::optional<ClientVersion> parse_client_version(std::string_view text);
[[nodiscard]] std::string to_text(const ClientVersion& version);

/// Runs the `claude` of this user, for 3 seconds at most; absent if there is none or its output has no version.
[[nodiscard]] std::optional<ClientVersion> ask_client_version();

}  // namespace atm::cli::setup
