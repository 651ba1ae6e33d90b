// SPDX-License-Identifier: MIT
// A file of an agent that is opened below a directory and nowhere else.
#pragma once

#include <sys/types.h>

#include <atm/posix/file_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace manifest {

/// Opens a regular file of this user below `directory`, without following a link. Empty: it is none. [any]
[[nodiscard]] atm::posix::FileDescriptor open_below(int directory, std::string_view relative);

struct FoundFile {
  std::string relative;
  std::int64_t modified_ns = 0;
};

/// The regular files of this user below `directory` that match the glob, newest first. Follows no link, and looks at
/// 4,096 entries at most. [any]
[[nodiscard]] std::vector<FoundFile> find_below(int directory, std::string_view glob);

/// Whether a name matches a pattern in which * stands for any text.
[[nodiscard]] bool is_match(std::string_view pattern, std::string_view name) noexcept;

/// Reads the lines that a file has and those that are appended. Not synchronised.
class LogFile final {
 public:
  static constexpr std::uint64_t kTailBytes = 256 * 1024;
  static constexpr std::size_t kMaxLineBytes = 1024 * 1024;
  static constexpr std::size_t kMaxReadBytes = 1024 * 1024;

  explicit LogFile(atm::posix::FileDescriptor file);

  [[nodiscard]] dev_t device() const noexcept { return device_; }
  [[nodiscard]] ino_t inode() const noexcept { return inode_; }
  /// The first line; empty: it is incomplete, or too long.
  [[nodiscard]] std::string first_line() const;

  /// Passes complete lines to `take`, at most kMaxReadBytes of them; the first call begins in the last kTailBytes.
  /// `take` returns false to receive the line again at the next call. Returns false if the file has no name any more.
  bool read(const std::function<bool(std::string_view)>& take);

 private:
  void place();

  atm::posix::FileDescriptor file_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::uint64_t offset_ = 0;
  bool is_placed_ = false;
  bool is_in_long_line_ = false;
};

}  // namespace manifest
