// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace atm::cli::setup {

/// FIPS 180-4, as 64 hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace atm::cli::setup
