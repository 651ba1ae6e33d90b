// SPDX-License-Identifier: MIT
// What a daemon that atm-hook started does besides: nobody reads its standard error, and the next hook wants to know
// whether it ever served.
#pragma once

#include <atm/domain/error.hpp>
#include <cstdint>
#include <filesystem>

namespace atm::kernel {

/// A file of bounded size as the standard error of this process: the log, and what libraries write before they abort.
class StderrFile final {
 public:
  static constexpr std::uint64_t kMaxBytes = 1024 * 1024;

  /// Appends to `path`, which is made with mode 0600 where it is missing, its directory with 0700. Refused: what is no
  /// regular file of this user. On an error standard error stays as it is.
  [[nodiscard]] static Result<StderrFile> open(std::filesystem::path path);

  /// Begins a new file if this one has reached kMaxBytes; the old one becomes `PATH.1`. One thread at a time.
  void rotate_if_full() const;

 private:
  explicit StderrFile(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

/// Adds the line `ready` to the file of atm-hook's attempts to start a daemon. One that is missing is not made.
void note_ready(const std::filesystem::path& attempts) noexcept;

}  // namespace atm::kernel
