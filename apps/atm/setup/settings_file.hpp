// SPDX-License-Identifier: MIT
// A file of somebody's that is replaced whole or not at all.
#pragma once

#include <sys/types.h>

#include <atm/domain/error.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace atm::cli::setup {

inline constexpr std::size_t kMostSettingsBytes = 4 * 1024 * 1024;

struct SettingsFile {
  std::string path{};  ///< what a link leads to
  bool exists = false;
  std::string text{};
  mode_t mode = 0600;
  gid_t group = static_cast<gid_t>(-1);
};

/// Follows links. Refused, with the remedy: what is no file, another user's, read-only, has a second name, or is too
/// long; a link that leads nowhere; a directory that cannot be written.
[[nodiscard]] Result<SettingsFile> open_settings(const std::string& named);

/// Gives the file this content, with its mode, group, access list and extended attributes: after a crash at any point it is the old or the new one, whole.
/// kBusy: it is no longer what was opened.
[[nodiscard]] Result<void> replace_settings(const SettingsFile& file, std::string_view text);
/// Removes it. kBusy as above.
[[nodiscard]] Result<void> remove_settings(const SettingsFile& file);

/// The same for a file of our own, which need not exist: mode 0600.
[[nodiscard]] Result<void> write_private(const std::string& path, std::string_view text);

}  // namespace atm::cli::setup
