// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <atm/domain/error.hpp>
#include <atm/file_descriptor.hpp>
#include <atm/plugin/private_directory.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace unix_socket {

/// Opened, for writing too where that is allowed: a file that is surely ours.
struct SpoolInput {
  atm::FileDescriptor fd;
  atm::FileIdentity identity;
  std::uint64_t size = 0;
};

/// The directory in which hooks leave what no daemon took. Hooks of this user write into it; whatever else lies
/// there or has come there by a link is refused, not read. Held by its descriptor and locked, so that of two
/// daemons one takes it in. [transport]
class SpoolDirectory final {
 public:
  /// Absent when there is none. kInvalidField: others could write into it, with the remedy; kBusy: another
  /// daemon has it; kIo.
  [[nodiscard]] static atm::Result<std::optional<SpoolDirectory>> open(const std::string& path);

  /// Makes the directory where there is none; open() says what is wrong with it.
  static void make_directory(const std::string& path) noexcept;
  /// Whether a file of this name with something in it lies in the directory `path`; asks for nothing else.
  [[nodiscard]] static bool has(const std::string& path, const char* name) noexcept;

  /// Absent when there is no such file. kInvalidField: it is no plain file of ours, with the remedy; kIo.
  [[nodiscard]] atm::Result<std::optional<SpoolInput>> input(const char* name) const;
  /// The same; an empty one is made where there is none.
  [[nodiscard]] atm::Result<std::optional<SpoolInput>> make(const char* name) const;
  /// Gives the file another name; false when it is not the one of that name any more. kIo.
  [[nodiscard]] atm::Result<bool> rename(const char* from, const char* to,
                                         const atm::FileIdentity& file) const;
  /// Keeps a record in the directory `refused`, with at most seven others and 1 MiB in all, the oldest of which go, and
  /// gives the path of its file. kInvalidField: it is over 1 MiB; kIo.
  [[nodiscard]] atm::Result<std::string> set_aside(std::string_view record, std::int64_t now_ns) const;
  /// Removes what has been in `refused` of the directory `path` for more than seven days.
  static void prune_refused(const std::string& path, std::int64_t now_ns);

  /// If the name is still that file's. kIo: it still is.
  [[nodiscard]] atm::Result<void> remove(const char* name, const atm::FileIdentity& file) const;

 private:
  SpoolDirectory(std::string path, atm::FileDescriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  [[nodiscard]] bool is(const char* name, const atm::FileIdentity& file) const noexcept;

  std::string path_;
  atm::FileDescriptor fd_;
};

/// Whether no hook writes to this file and none will: it was renamed before, and nobody holds its lock now.
[[nodiscard]] bool is_left_by_writers(const atm::FileDescriptor& file) noexcept;

}  // namespace unix_socket
