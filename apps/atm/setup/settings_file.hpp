// SPDX-License-Identifier: MIT
// A user's file that is replaced atomically.
#pragma once

#include <sys/types.h>

#include <atm/domain/error.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace atm::cli::setup {

inline constexpr std::size_t kMostSettingsBytes = 4 * 1024 * 1024;

struct SettingsFile {
  std::string path{};  ///< the target of links
  bool exists = false;
  std::string text{};
  mode_t mode = 0600;
  gid_t group = static_cast<gid_t>(-1);
  std::string missing_directory{};  ///< the topmost directory that replace_settings() creates; empty: none
};

/// Follows links. Refuses, with a remedy: a file that is irregular, another user's, read-only, hard-linked or too long;
/// a dangling link; a read-only directory.
[[nodiscard]] Result<SettingsFile> open_settings(const std::string& named);

/// Replaces the content and keeps mode, group, access list and extended attributes. After a crash at any point the file
/// is completely old or new. kBusy: the file changed since it was opened.
[[nodiscard]] Result<void> replace_settings(const SettingsFile& file, std::string_view text);
/// Removes it, and its directories from `made_directory` down, if they are empty. kBusy as above.
[[nodiscard]] Result<void> remove_settings(const SettingsFile& file, const std::string& made_directory = {});

/// The same for a file of ATM, which need not exist: mode 0600.
[[nodiscard]] Result<void> write_private(const std::string& path, std::string_view text);

}  // namespace atm::cli::setup
