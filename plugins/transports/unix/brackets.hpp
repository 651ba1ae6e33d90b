// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace unix_socket {

/// The size of the JSON object or array that `text` begins with, by counting brackets outside strings; 0 when it does
/// not end within `text`, or when it is surely none. Which bracket closes which is left to the parser. [any]
[[nodiscard]] std::size_t bracketed_size(std::string_view text) noexcept;

}  // namespace unix_socket
