// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace atm::cli::setup {

/// An id derived from the content of a text: equal for equal texts on every machine (UUID version 5, RFC 9562, name
/// space OID).
[[nodiscard]] std::string content_id(std::string_view text);

}  // namespace atm::cli::setup
