// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace atm::cli::setup {

/// The value of a JSON string with its quotes, which must be well-formed.
[[nodiscard]] std::string decode_string(std::string_view quoted);

/// `text` as a JSON string with quotes. Only what has to be escaped is; bytes that are no UTF-8 stay.
[[nodiscard]] std::string encode_string(std::string_view text);

}  // namespace atm::cli::setup
