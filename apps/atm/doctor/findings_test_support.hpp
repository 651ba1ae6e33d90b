// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "finding.hpp"

namespace atm::cli::doctor {

/// Whether one of them says `part`, in what was found or in how to mend it.
[[nodiscard]] inline bool has(const Findings& findings, std::string_view part) {
  return std::any_of(findings.begin(), findings.end(), [part](const Finding& one) {
    return (one.found + " → " + one.remedy).find(part) != std::string::npos;
  });
}

}  // namespace atm::cli::doctor
