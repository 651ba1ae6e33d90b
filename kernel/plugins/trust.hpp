// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

#include "kernel/config/problem.hpp"

namespace atm::kernel {

/// Code is loaded only from where nobody but root and this user can put it. What is wrong with a directory,
/// or with a regular file and the directory it really is in; symbolic links are followed first.
[[nodiscard]] std::optional<Problem> distrust_directory(const std::filesystem::path& directory);
[[nodiscard]] std::optional<Problem> distrust_file(const std::filesystem::path& file);

}  // namespace atm::kernel
