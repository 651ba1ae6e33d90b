// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/timestamp.hpp>
#include <optional>
#include <vector>

#include "choice.hpp"
#include "report.hpp"

namespace atm::cli {

/// The commands whose output a page of reports shows, at a time of the past or now. Without the program.
[[nodiscard]] std::vector<Report::Command> commands_of(Page page, const std::optional<Timestamp>& at);

}  // namespace atm::cli
