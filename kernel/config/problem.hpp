// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace atm::kernel {

/// Something a person has to mend: a configuration key, a manifest, a plugin. Always the same four parts, so
/// that `atmd --check-config`, the log and `atm plugins` say the same.
struct Problem {
  std::string file;    ///< "/etc/x/atm.toml:12", "/usr/lib/atm/plugins/echo.so"; may be empty
  std::string found;   ///< "limits.sessions is \"many\" (text)"
  std::string wanted;  ///< "an integer"
  std::string remedy;  ///< "remove the quotes"; may be empty when `wanted` says it

  /// One sentence: "FILE: FOUND, expected WANTED; REMEDY".
  [[nodiscard]] std::string message() const;

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// The one of `known` that was most likely meant by `word`, or empty: at most a third of its letters differ.
[[nodiscard]] std::string_view closest(std::string_view word, const std::vector<std::string>& known);

}  // namespace atm::kernel
