// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "finding.hpp"

namespace atm::cli::doctor {

/// Returns true if a finding contains `part` in its text or remedy.
[[nodiscard]] inline bool has(const Findings& findings, std::string_view part) {
  return std::any_of(findings.begin(), findings.end(), [part](const Finding& one) {
    return (one.found + " → " + one.remedy).find(part) != std::string::npos;
  });
}

}  // namespace atm::cli::doctor
