// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace unix_socket {

/// The size of the JSON object or array at the start of `text`, found by counting brackets outside strings; 0 if it
/// does not end within `text` or cannot be one. The parser checks that brackets match. [any]
[[nodiscard]] std::size_t bracketed_size(std::string_view text) noexcept;

}  // namespace unix_socket
