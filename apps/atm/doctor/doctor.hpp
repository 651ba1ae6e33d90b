// SPDX-License-Identifier: MIT
// atm doctor: what keeps sessions from being seen, and what to do about it.
#pragma once

#include <string>

#include "command.hpp"

namespace atm::cli {

struct DoctorOptions {
  bool json = false;
  std::string version{};  // of this program
};

/// kOk: nothing to do; kFailed: a warning or an error; kUnreachable: no daemon answers, whatever else there is.
[[nodiscard]] ExitCode run_doctor(const Global& global, const DoctorOptions& options);

}  // namespace atm::cli
