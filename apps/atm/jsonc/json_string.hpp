// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace atm::cli::jsonc {

/// The value of a well-formed JSON string with its quotes.
[[nodiscard]] std::string decode_string(std::string_view quoted);

/// `text` as a JSON string with quotes. Escapes only what JSON requires; invalid UTF-8 is kept.
[[nodiscard]] std::string encode_string(std::string_view text);

}  // namespace atm::cli::jsonc
