// SPDX-License-Identifier: MIT
#pragma once

#include <atm/posix/file_descriptor.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

namespace atm::kernel {

class ProcessTable;

/// Identifies a library file by inode, size and modification time. Empty if it cannot be read.
[[nodiscard]] std::string build_of(const std::filesystem::path& library);

/// A file that exists while a plugin is created or started. If its process has ended, the process died during that
/// start. The crash handler appends the signal; without a signal the process was killed, or the machine lost power.
class CrashMarker final {
 public:
  /// The number of consecutive starts of a plugin that ended a daemon.
  struct Deaths {
    std::uint32_t in_a_row = 0;
    bool was_crash = false;  ///< the last death was a fault of the plugin, not a kill
  };

  /// Identifies one plugin in one directory.
  struct Subject {
    std::filesystem::path file;
    std::string id;
    std::string build;
  };
  [[nodiscard]] static Subject subject(const std::filesystem::path& state_dir, const std::string& id,
                                       const std::filesystem::path& library);

  /// The deaths before this start. Excluded are those of another build of the plugin, those of a live process (another
  /// daemon that starts now) and kills of an earlier boot.
  [[nodiscard]] static Deaths deaths(const ProcessTable& processes, const Subject& subject);

  /// Writes the marker with the number of deaths so far. A failed write is ignored: a full disk must not stop the
  /// daemon. One at a time; `subject` outlives it. [main]
  CrashMarker(const ProcessTable& processes, const Subject& subject, std::uint32_t deaths_before);
  /// Removes the file: the start is complete.
  ~CrashMarker();
  CrashMarker(const CrashMarker&) = delete;
  CrashMarker& operator=(const CrashMarker&) = delete;

 private:
  const std::filesystem::path& file_;
  posix::FileDescriptor fd_;
};

}  // namespace atm::kernel
