// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace atm {

/// A problem that the user must fix: in a configuration key, a manifest or a plugin. Its four parts are fixed, so that
/// `atmd --check-config`, the log and `atm plugins` show the same text.
struct Problem {
  std::string file;    ///< "/etc/x/atm.toml:12", "/usr/lib/atm/plugins/echo.so"; may be empty
  std::string found;   ///< "limits.sessions is \"many\" (text)"
  std::string wanted;  ///< "an integer"
  std::string remedy;  ///< "remove the quotes"; may be empty if `wanted` implies it

  /// One sentence: "FILE: FOUND, expected WANTED; REMEDY".
  [[nodiscard]] std::string message() const;

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// The element of `known` closest to `word`, or empty if more than a third of the letters differ. Valid as long as
/// `known`.
[[nodiscard]] std::string_view closest(std::string_view word, const std::vector<std::string>& known);
std::string_view closest(std::string_view word, const std::vector<std::string>&& known) = delete;

}  // namespace atm
