// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

#include "lib/config/problem.hpp"

namespace atm::kernel {

/// Checks that only root and this user can write a directory, or a regular file and its real directory, because code is
/// loaded from it. Follows symbolic links first and returns the problem found.
[[nodiscard]] std::optional<Problem> distrust_directory(const std::filesystem::path& directory);
[[nodiscard]] std::optional<Problem> distrust_file(const std::filesystem::path& file);

}  // namespace atm::kernel
