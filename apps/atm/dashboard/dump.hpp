// SPDX-License-Identifier: MIT
// One frame of the dashboard as text, for bug reports.
#pragma once

#include <string>

#include "command.hpp"

namespace atm::cli {

/// `size` is WxH, such as 80x24.
[[nodiscard]] ExitCode run_dump(const Global& global, const std::string& size);

}  // namespace atm::cli
