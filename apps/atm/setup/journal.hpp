// SPDX-License-Identifier: MIT
// A record of setup's changes to each file, for undo. Private to the owner, because settings may hold secrets.
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
  bool existed = false;          ///< before the first run
  std::string made_directory{};  ///< the topmost directory of the file that setup created; empty: none
  std::vector<std::string>
      written{};           ///< content_id of the written texts that undo to `original`, the newest last
  std::size_t size = 0;    ///< of the newest
  std::string backup{};    ///< name beside the journal: the file before the last run
  std::string original{};  ///< name beside the journal: the text that removal restores
  CreatedContainers made{};
  std::string former_status_line{};
  std::string hook{};
  std::string time{};

  [[nodiscard]] bool is_unedited(std::string_view text) const;
};

/// The directory `${XDG_STATE_HOME:-~/.local/state}/atm/setup`. Only one process at a time holds it.
class JournalDirectory final {
 public:
  /// Journals of different agents have different names.
  explicit JournalDirectory(std::string path, std::string agent = "claude")
      : path_(std::move(path)), agent_(std::move(agent)) {}

  /// Creates the directory if it is missing (0700) and waits for its lock; refuses one that is not private to this
  /// user.
  [[nodiscard]] Result<void> hold();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Absent if there is none or it is unreadable.
  [[nodiscard]] std::optional<Journal> read(const std::string& file) const;
  [[nodiscard]] std::vector<Journal> all() const;
  [[nodiscard]] Result<void> write(const Journal& journal) const;
  void forget(const std::string& file) const;

  /// Stores a text and returns its unique name: id of the file, time and ending.
  [[nodiscard]] Result<std::string> keep(const std::string& file, std::string_view ending,
                                         std::string_view text) const;
  [[nodiscard]] std::optional<std::string> kept(const std::string& name) const;
  /// Removes stored texts of the file. Keeps the first and the last kMostKept of each ending, and those the journal
  /// names.
  void prune(const std::string& file) const;

  static constexpr std::size_t kMostKept = 5;

 private:
  [[nodiscard]] std::string id_of(const std::string& file) const;
  [[nodiscard]] std::string path_of(const std::string& file) const;

  std::string path_;
  std::string agent_;
  FileDescriptor lock_;
};

/// UTC, as 20261122T213000Z.
[[nodiscard]] std::string utc_now();

}  // namespace atm::cli::setup
