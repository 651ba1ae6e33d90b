// SPDX-License-Identifier: MIT
// atm setup tmux: keys for the dashboard and a part of the status bar, in the configuration of tmux.
#pragma once

#include <atm/domain/error.hpp>
#include <string>
#include <string_view>

#include "setup.hpp"

namespace atm::cli::setup {

/// `text` without the lines that ATM added. kInvalidField: the lines begin and do not end.
[[nodiscard]] Result<std::string> without_tmux_lines(std::string_view text);

/// The keys after the prefix that `text`, a configuration or the output of `tmux list-keys`, binds, each between spaces.
[[nodiscard]] std::string bound_tmux_keys(std::string_view text);

[[nodiscard]] Result<std::string> connect_tmux(const SetupOptions& options);
[[nodiscard]] Result<std::string> disconnect_tmux(const SetupOptions& options);

}  // namespace atm::cli::setup
