// SPDX-License-Identifier: MIT
// atm doctor: finds what prevents sessions from being shown, and prints the remedy.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent_checks.hpp"
#include "command.hpp"

namespace atm::cli {

struct DoctorOptions {
  bool json = false;
  std::string version{};                                                // of this program
  std::function<std::vector<doctor::AgentConnection>()> connections{};  // what atm setup has connected
};

/// kOk: no problem; kFailed: a warning or an error; kUnreachable: no daemon answers, regardless of other findings.
[[nodiscard]] ExitCode run_doctor(const Global& global, const DoctorOptions& options);

}  // namespace atm::cli
