// SPDX-License-Identifier: MIT
// What a check of atm doctor says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli::doctor {

/// kNote: worth knowing, nothing to do. kWarning: something is not seen or will not be. kError: nothing is.
enum class Severity : std::uint8_t { kOk, kNote, kWarning, kError };

/// `ok`, `note`, `warning`, `error`.
[[nodiscard]] std::string_view severity_name(Severity severity) noexcept;

struct Finding {
  std::string id;  ///< a word of docs/operate/doctor.md; one check may find several things
  Severity severity = Severity::kOk;
  std::string found;
  std::string remedy;  ///< empty: none is needed
};

using Findings = std::vector<Finding>;

/// Both texts come out terminal-safe and short: they tell of other programs' files.
[[nodiscard]] Finding finding(std::string_view id, Severity severity, std::string_view found,
                              std::string_view remedy = {});

/// The worst first, else as they are.
void sort_by_severity(Findings& findings);
[[nodiscard]] Severity worst_of(const Findings& findings) noexcept;

/// `1 event`, `2 events`.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view what);

/// One line a finding, its remedy below; then how many of each.
[[nodiscard]] std::string findings_text(const Findings& findings, bool colour);
/// One object (docs/operate/doctor.md); `version` is ours.
[[nodiscard]] std::string findings_json(const Findings& findings, std::string_view version);

}  // namespace atm::cli::doctor
