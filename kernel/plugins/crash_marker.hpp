// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "kernel/runtime/unique_fd.hpp"

namespace atm::kernel {

class ProcessTable;

/// A library as it lies on disk: inode, size and time of its last change. Empty when it cannot be read.
[[nodiscard]] std::string build_of(const std::filesystem::path& library);

/// A file that exists while a plugin is created or started. A file that is left of a process that has ended shows that
/// the process died during that start. The crash handler appends the signal; without one the process was killed from
/// outside, or the machine lost power.
class CrashMarker final {
 public:
  /// The starts of a plugin that ended a daemon.
  struct Deaths {
    std::uint32_t in_a_row = 0;
    bool was_crash = false;  ///< the last one was a fault of the plugin, not a kill
  };

  /// What names one plugin in one directory.
  struct Subject {
    std::filesystem::path file;
    std::string id;
    std::string build;
  };
  [[nodiscard]] static Subject subject(const std::filesystem::path& state_dir, const std::string& id,
                                       const std::filesystem::path& library);

  /// The deaths before this start. Those of another build of the plugin do not count, nor those of a process that is
  /// alive: another daemon that starts now. Kills of an earlier boot do not count.
  [[nodiscard]] static Deaths deaths(const ProcessTable& processes, const Subject& subject);

  /// Writes the marker with the number of deaths so far. A marker that cannot be written stops nothing: a full disk must
  /// not stop the daemon. One at a time; `subject` outlives it. [main]
  CrashMarker(const ProcessTable& processes, const Subject& subject, std::uint32_t deaths_before);
  /// The start has come to an end, so the file goes.
  ~CrashMarker();
  CrashMarker(const CrashMarker&) = delete;
  CrashMarker& operator=(const CrashMarker&) = delete;

 private:
  const std::filesystem::path& file_;
  UniqueFd fd_;
};

}  // namespace atm::kernel
