// SPDX-License-Identifier: MIT
// Functions for a daemon started by atm-hook: its standard error becomes a file, and it records its readiness for the
// next hook.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <filesystem>

namespace atm::kernel {

/// A file of bounded size as standard error of this process, for the log and for messages of libraries that abort.
class StderrFile final {
 public:
  static constexpr std::uint64_t kMaxBytes = 1024 * 1024;

  /// Appends to `path`. A missing file is created with mode 0600, its directory with 0700. Refuses everything but a
  /// regular file of this user. On an error standard error stays unchanged.
  [[nodiscard]] static Result<StderrFile> open(std::filesystem::path path);

  /// Starts a new file if this one has reached kMaxBytes; the old one becomes `PATH.1`. One thread at a time.
  void rotate_if_full() const;

 private:
  explicit StderrFile(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

/// Adds the line `ready` to atm-hook's file of start attempts. Does not create a missing file.
void note_ready(const std::filesystem::path& attempts) noexcept;

}  // namespace atm::kernel
