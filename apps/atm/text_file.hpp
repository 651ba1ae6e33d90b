// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <cstddef>
#include <optional>
#include <string>

namespace atm::cli {

/// The content of a regular file; absent if there is none. kIo: it is unreadable, no regular file or longer than `most`
/// bytes; the message has no path. Does not block, not even on a FIFO.
[[nodiscard]] Result<std::optional<std::string>> read_text_file(const std::string& path, std::size_t most);

}  // namespace atm::cli
