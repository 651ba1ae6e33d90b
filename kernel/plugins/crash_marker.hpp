// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace atm::kernel {

class ProcessTable;

/// A file that stands while a plugin is being created or started. One that is still there, of a process that
/// is not, tells that the plugin killed the daemon. It holds the pid and the start time, so that two daemons
/// that start together do not suspect each other.
class CrashMarker final {
 public:
  /// Writes the marker; goes on without when it cannot be written, since a full disk must not stop the
  /// daemon.
  CrashMarker(const ProcessTable& processes, const std::filesystem::path& directory, const std::string& id);
  ~CrashMarker();
  CrashMarker(const CrashMarker&) = delete;
  CrashMarker& operator=(const CrashMarker&) = delete;

  [[nodiscard]] static std::filesystem::path file_of(const std::filesystem::path& directory,
                                                     const std::string& id);
  /// Whether a start of this plugin ended a daemon.
  [[nodiscard]] static bool is_left(const ProcessTable& processes, const std::filesystem::path& directory,
                                    const std::string& id);

 private:
  std::filesystem::path file_;
};

}  // namespace atm::kernel
