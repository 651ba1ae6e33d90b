// SPDX-License-Identifier: MIT
// What setup did to each file, so that it can be undone. Owner-only: settings may hold secrets.
#pragma once

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings_edit.hpp"

namespace atm::cli::setup {

struct Journal {
  std::string file{};
  bool existed = false;  ///< before the first run
  std::vector<std::string>
      written{};           ///< content_id of what we wrote and what undoes to `original`, the newest last
  std::size_t size = 0;    ///< of the newest
  std::string backup{};    ///< name beside the journal: the file before the last run
  std::string original{};  ///< name beside the journal: what removal restores
  CreatedContainers made{};
  std::string former_status_line{};
  std::string hook{};
  std::string time{};

  [[nodiscard]] bool is_unedited(std::string_view text) const;
};

/// The directory `${XDG_STATE_HOME:-~/.local/state}/atm/setup`. One at a time holds it.
class JournalDirectory final {
 public:
  explicit JournalDirectory(std::string path) : path_(std::move(path)) {}

  /// Makes the directory where it is missing (0700) and waits for its lock; a directory that is not ours alone is refused.
  [[nodiscard]] Result<void> hold();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Absent: none, or one that cannot be read.
  [[nodiscard]] std::optional<Journal> read(const std::string& file) const;
  [[nodiscard]] std::vector<Journal> all() const;
  [[nodiscard]] Result<void> write(const Journal& journal) const;
  void forget(const std::string& file) const;

  /// Keeps a text under a name of its own, which is given: what it was of, the time and the ending.
  [[nodiscard]] Result<std::string> keep(const std::string& file, std::string_view ending,
                                         std::string_view text) const;
  [[nodiscard]] std::optional<std::string> kept(const std::string& name) const;
  /// Removes kept texts of the file. Of each ending the first and the last kMostKept stay, and what its journal names.
  void prune(const std::string& file) const;

  static constexpr std::size_t kMostKept = 5;

 private:
  [[nodiscard]] std::string path_of(const std::string& file) const;

  std::string path_;
  FileDescriptor lock_;
};

/// UTC, as 20261122T213000Z.
[[nodiscard]] std::string utc_now();

}  // namespace atm::cli::setup
