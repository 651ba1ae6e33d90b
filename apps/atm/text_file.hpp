// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/error.hpp>
#include <cstddef>
#include <optional>
#include <string>

namespace atm::cli {

/// The content of a regular file; absent where there is none. kIo: it cannot be read, is no regular file or is
/// longer than `most` bytes; the text says which, without the path. Waits for nobody: not for a FIFO's writer.
[[nodiscard]] Result<std::optional<std::string>> read_text_file(const std::string& path, std::size_t most);

}  // namespace atm::cli
