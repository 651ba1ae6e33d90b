// SPDX-License-Identifier: MIT
// The form of a reader's state: texts, each with its length before it.
#pragma once

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace atm::ledger {

inline void put_text(std::string& bytes, std::string_view text) {
  bytes.append(std::to_string(text.size())).append(":").append(text);
}

/// Removes the first text from `bytes`. False: there is none.
[[nodiscard]] inline bool take_text(std::string_view& bytes, std::string& text) {
  std::size_t size = 0;
  const auto [at, failed] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), size);
  const auto digits = static_cast<std::size_t>(at - bytes.data());
  if (failed != std::errc() || digits == bytes.size() || *at != ':' || size > bytes.size() - digits - 1)
    return false;
  text = bytes.substr(digits + 1, size);
  bytes.remove_prefix(digits + 1 + size);
  return true;
}

}  // namespace atm::ledger
