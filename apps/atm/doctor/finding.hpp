// SPDX-License-Identifier: MIT
// The result of a check of atm doctor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli::doctor {

/// kNote: information only. kWarning: something is or will be missing. kError: nothing is reported.
enum class Severity : std::uint8_t { kOk, kNote, kWarning, kError };

/// `ok`, `note`, `warning`, `error`.
[[nodiscard]] std::string_view severity_name(Severity severity) noexcept;

struct Finding {
  std::string id;  ///< a term of docs/operate/doctor.md; one check may return several findings
  Severity severity = Severity::kOk;
  std::string found;
  std::string remedy;   ///< empty: none is needed
  std::string agent{};  ///< the id of the agent that it is about; empty: none
};

using Findings = std::vector<Finding>;

/// Makes both texts terminal-safe and short, because they quote other programs' files.
[[nodiscard]] Finding finding(std::string_view id, Severity severity, std::string_view found,
                              std::string_view remedy = {});

/// Sorts by severity, stable.
void sort_by_severity(Findings& findings);
[[nodiscard]] Severity worst_of(const Findings& findings) noexcept;

/// `1 event`, `2 events`.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view what);

/// One line for each finding, its remedy below; then the counts.
[[nodiscard]] std::string findings_text(const Findings& findings, bool colour);
/// One object (docs/operate/doctor.md); `version` is that of atm.
[[nodiscard]] std::string findings_json(const Findings& findings, std::string_view version);

}  // namespace atm::cli::doctor
