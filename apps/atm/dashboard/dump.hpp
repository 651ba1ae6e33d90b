// SPDX-License-Identifier: MIT
// One frame of the dashboard as text, for bug reports.
#pragma once

#include "command.hpp"
#include "dashboard.hpp"

namespace atm::cli {

/// Of the size in the options.
[[nodiscard]] ExitCode run_dump(const Global& global, const DashboardOptions& options);

}  // namespace atm::cli
