// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <atm/transport/private_directory.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace unix_socket {

/// An open file of this user, writable if permitted.
struct SpoolInput {
  atm::FileDescriptor fd;
  atm::FileIdentity identity;
  std::uint64_t size = 0;
};

/// The spool directory. Hooks of this user write to it; files of others and links are refused. The directory is held by
/// its descriptor and locked, so that only one daemon reads it. [transport]
class SpoolDirectory final {
 public:
  /// Absent if it does not exist. kInvalidField: others could write to it, with the remedy; kBusy: another daemon has
  /// it; kIo.
  [[nodiscard]] static atm::Result<std::optional<SpoolDirectory>> open(const std::string& path);

  /// Creates the directory if it does not exist; open() reports errors.
  static void make_directory(const std::string& path) noexcept;
  /// Whether the directory `path` contains a non-empty file of this name; requires nothing else.
  [[nodiscard]] static bool has(const std::string& path, const char* name) noexcept;

  /// Absent if the file does not exist. kInvalidField: it is not a plain file of ours, with the remedy; kIo.
  [[nodiscard]] atm::Result<std::optional<SpoolInput>> input(const char* name) const;
  /// The same, but creates a missing file.
  [[nodiscard]] atm::Result<std::optional<SpoolInput>> make(const char* name) const;
  /// Renames the file; false if the name refers to another file now. kIo.
  [[nodiscard]] atm::Result<bool> rename(const char* from, const char* to,
                                         const atm::FileIdentity& file) const;
  /// Stores a record in the directory `refused`, with at most seven others and 1 MiB in all (removes the oldest), and
  /// returns the path of its file. kInvalidField: it is over 1 MiB; kIo.
  [[nodiscard]] atm::Result<std::string> set_aside(std::string_view record, std::int64_t now_ns) const;
  /// Removes files that have been in `refused` of the directory `path` for more than seven days.
  static void prune_refused(const std::string& path, std::int64_t now_ns);

  /// Removes the file if the name still refers to it. kIo.
  [[nodiscard]] atm::Result<void> remove(const char* name, const atm::FileIdentity& file) const;

 private:
  SpoolDirectory(std::string path, atm::FileDescriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  [[nodiscard]] bool is(const char* name, const atm::FileIdentity& file) const noexcept;

  std::string path_;
  atm::FileDescriptor fd_;
};

/// Whether no hook writes to this renamed file and none will: no process holds its lock now.
[[nodiscard]] bool is_left_by_writers(const atm::FileDescriptor& file) noexcept;

}  // namespace unix_socket
