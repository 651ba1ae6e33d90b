// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace atm::cli::setup {

/// A version of the client; they compare as versions do.
using ClientVersion = std::array<unsigned, 3>;

/// The first "N.N.N" of what `claude --version` prints.
[[nodiscard]] std::optional<ClientVersion> parse_client_version(std::string_view text);
[[nodiscard]] std::string to_text(const ClientVersion& version);

/// Asks the `claude` of this user, for 3 seconds at most; absent where there is none or it does not say.
[[nodiscard]] std::optional<ClientVersion> ask_client_version();

}  // namespace atm::cli::setup
